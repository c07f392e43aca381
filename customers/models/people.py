"""Customers."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

from accounts.models import Branch
from customers.states import CustomerKind
from dms.fields import Versioned, one_of
from dms.history import tracked


@tracked()
class Customer(Versioned):
    """A person or a company at one branch. `pinyin`, `pinyin_initials` and `phone_tail` follow from name and phone."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=CustomerKind.choices, default=CustomerKind.PERSON)
    name = models.CharField(max_length=120)
    pinyin = models.CharField(max_length=400, blank=True, editable=False)
    pinyin_initials = models.CharField(max_length=120, blank=True, editable=False)
    phone = models.CharField(max_length=16, blank=True, help_text="E.164, as +8613912345678")
    phone_tail = models.CharField(max_length=4, blank=True, editable=False)
    email = models.EmailField(blank=True)
    #: external_userid of the WeCom customer contact, by which WeChat messages go.
    born_on = models.DateField(null=True, blank=True)
    wecom_id = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=10, choices=[("zh-hans", "中文"), ("en", "English")], default="zh-hans")
    note = models.TextField(blank=True)
    #: It was another row of this one, and is hidden; whoever asks for it gets that one (`services.merging`).
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_ones")

    class Meta:
        indexes = [
            # The look-up compares names without regard to case, as `__istartswith` does: by UPPER.
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="customers_name_trgm"),
            models.Index("branch", OpClass("pinyin", name="varchar_pattern_ops"), name="customers_pinyin"),
            models.Index("branch", OpClass("pinyin_initials", name="varchar_pattern_ops"), name="customers_initials"),
            models.Index(fields=["branch", "phone_tail"], name="customers_phone_tail"),
        ]
        constraints = [
            one_of("kind", CustomerKind),
            models.CheckConstraint(
                name="customers_customer_language_known", condition=models.Q(language__in=["en", "zh-hans"])
            ),
        ]

    def __str__(self) -> str:
        return self.name
