"""People and places of the dealer."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.states import BayKind, TaxRegime, Theme
from dms.fields import Bilingual, Row, Versioned, acted, one_of, person
from dms.history import tracked


class UserManager(BaseUserManager["User"]):
    """Makes users; names are compared without regard to case."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a hashed password; without one nobody can sign in as this user."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(AbstractBaseUser, Row):
    """Somebody who signs in. What they may do follows from their memberships."""

    username = models.CharField(_("User name"), max_length=40, unique=True)
    name = models.CharField(_("Name"), max_length=60)
    language = models.CharField(max_length=10, choices=[("zh-hans", "中文"), ("en", "English")], default="zh-hans")
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            one_of("theme", Theme),
            models.CheckConstraint(
                condition=models.Q(language__in=["en", "zh-hans"]), name="accounts_user_language_known"
            ),
            models.UniqueConstraint(models.functions.Lower("username"), name="accounts_user_username_ci"),
        ]

    def __str__(self) -> str:
        return self.name


class Branch(Bilingual, Row):
    """One dealership: its clock, its money and its taxes."""

    code = models.CharField(max_length=8, unique=True)
    legal_name = models.CharField(max_length=120)
    legal_name_en = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    currency = models.CharField(max_length=3, default="CNY")
    tax_regime = models.CharField(max_length=10, choices=TaxRegime.choices, default=TaxRegime.INCLUDED)
    plate_prefix = models.CharField(max_length=2, blank=True, help_text="Prefix of most plates here, as 粤B")

    class Meta:
        constraints = [one_of("tax_regime", TaxRegime)]

    @property
    def legal_label(self) -> str:
        """The legal name in the active language."""
        return self.legal_name_en if self.label == self.name_en and self.legal_name_en else self.legal_name


class OpeningHours(Row):
    """Opening hours of a weekday (0 Monday … 6 Sunday), on the branch's clock."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "weekday"], name="accounts_hours_once"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="accounts_hours_weekday"),
            models.CheckConstraint(condition=models.Q(closes__gt=models.F("opens")), name="accounts_hours_order"),
        ]


class Team(Bilingual, Row):
    """A team of technicians (班组)."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="teams")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "name"], name="accounts_team_once")]


class Bay(Bilingual, Row):
    """A place where one car is worked on (工位)."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="bays")
    kind = models.CharField(max_length=10, choices=BayKind.choices, default=BayKind.GENERAL)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "name"], name="accounts_bay_once"),
            one_of("kind", BayKind),
        ]


class Skill(Bilingual, Row):
    """What a technician must be able to do for an operation; `key` is stable."""

    key = models.SlugField(max_length=30, unique=True)


@tracked()
class Membership(Versioned):
    """A person at a branch, with roles. Another branch's objects do not exist for them."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices))
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="members")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "branch"], name="accounts_membership_once"),
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=sorted(Role.values), roles__len__gte=1),
                name="accounts_membership_roles_known",
            ),
        ]

    @property
    def role_label(self) -> str:
        """The roles in words, the first one first."""
        return " · ".join(str(Role(role).label) for role in self.roles)


class MembershipSkill(Row):
    """A skill of a person at a branch; level 1 helper, 2 able, 3 master."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(default=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "skill"], name="accounts_membershipskill_once"),
            models.CheckConstraint(
                condition=models.Q(level__gte=1, level__lte=3), name="accounts_membershipskill_level"
            ),
        ]


class Shift(Row):
    """When a person works on a date, on the branch's clock. No row: not at work."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="shifts")
    works_on = models.DateField()
    begins = models.TimeField()
    ends = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "works_on"], name="accounts_shift_once"),
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("begins")), name="accounts_shift_order"),
        ]


class ApiToken(Row):
    """Lets a program act as a person at a branch, within `scopes` (`accounts.roles.granted`).

    Of the secret only its SHA-256 is kept; with 256 random bits there is nothing to guess, so it needs no salt.
    `hint` is its beginning, by which people tell tokens apart. `last_used_on` is the branch's date: coarse, so that
    reading by token writes once a day.
    """

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    hint = models.CharField(max_length=12)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40))
    made_by = person()
    expires_at = models.DateTimeField()
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = person()

    class Meta:
        constraints = [
            *acted("revoked"),
            models.CheckConstraint(condition=models.Q(scopes__len__gte=1), name="accounts_apitoken_scopes_some"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="accounts_apitoken_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return self.name
