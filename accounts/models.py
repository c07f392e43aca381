"""People and places of the dealer."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.states import BayKind, Ended, FactorKind, Lanes, Proof, TaxRegime, Theme
from dms.fields import Bilingual, Row, Versioned, acted, not_negative, one_of, person
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
    #: Where lists and reports are mailed; set by an administrator, since what is mailed leaves the house.
    email = models.EmailField(blank=True, db_default="")
    language = models.CharField(max_length=10, choices=[("zh-hans", "中文"), ("en", "English")], default="zh-hans")
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    #: The columns of the board, as this person left them.
    lanes = models.CharField(max_length=10, choices=Lanes.choices, default=Lanes.TECHNICIAN)
    is_active = models.BooleanField(default=True)
    #: scrypt, as the password; empty: none. Works only at a shared desk where the person signed in today.
    pin_hash = models.CharField(max_length=128, blank=True, editable=False)
    #: Wrong PINs since the last right one or the last sign-in by password.
    pin_failures = models.PositiveSmallIntegerField(default=0, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            one_of("theme", Theme),
            one_of("lanes", Lanes),
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
    #: ISO 3166-1 alpha-2, whose public holidays are kept; empty: as the currency says (`accounts.calendar`).
    country = models.CharField(max_length=2, blank=True, db_default="")

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


class SpecialDay(Row):
    """A date that goes before the week's hours and the public holidays; without hours the branch is closed.

    A working Saturday (调休) is a row with hours; so is a holiday on which the shop stays open.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="special_days")
    on = models.DateField()
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    note = models.CharField(max_length=80, blank=True)
    set_by = person()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "on"], name="accounts_specialday_once"),
            models.CheckConstraint(
                condition=models.Q(opens__isnull=True, closes__isnull=True)
                | models.Q(opens__isnull=False, closes__isnull=False, closes__gt=models.F("opens")),
                name="accounts_specialday_order",
            ),
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


class Factor(Row):
    """Something that proves a person beside the password: an authenticator app, a passkey, the recovery codes.

    `secret` is the key of the codes, encrypted (`accounts.sealing`), or the passkey's public half (base64url of
    AttestedCredentialData, W3C WebAuthn 6.5.1). `counter` only grows: the last time step whose code was used (RFC 6238
    5.2), or the passkey's own count. Of recovery codes only keyed hashes are kept; a used one is removed.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="factors")
    kind = models.CharField(max_length=10, choices=FactorKind.choices)
    name = models.CharField(max_length=60)
    secret = models.TextField(blank=True, editable=False)
    credential = models.CharField(max_length=1400, blank=True, editable=False)
    codes = ArrayField(models.CharField(max_length=64), default=list, blank=True, editable=False)
    counter = models.BigIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            one_of("kind", FactorKind),
            *not_negative("counter"),
            models.UniqueConstraint(
                fields=["user", "kind"], condition=~models.Q(kind="passkey"), name="accounts_factor_one_of_a_kind"
            ),
            models.UniqueConstraint(
                fields=["credential"], condition=models.Q(kind="passkey"), name="accounts_factor_credential_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="recovery", secret="", credential="")
                | models.Q(kind="totp", credential="", codes__len=0) & ~models.Q(secret="")
                | models.Q(kind="passkey", codes__len=0) & ~models.Q(secret="") & ~models.Q(credential=""),
                name="accounts_factor_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Desk(Row):
    """A browser that several people share; `key` stands in its signed cookie. Retired, the cookie means nothing."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="desks")
    name = models.CharField(max_length=60)
    key = models.CharField(max_length=43, unique=True, editable=False)
    marked_at = models.DateTimeField()
    marked_by = person(null=False)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = person()

    class Meta:
        constraints = [*acted("retired")]

    def __str__(self) -> str:
        return self.name


class SignIn(Row):
    """One sign-in: where, by what, until when. Its session is deleted when it ends; `why` says what ended it."""

    user = models.ForeignKey(User, models.PROTECT, related_name="sign_ins")
    session_key = models.CharField(max_length=40, editable=False)
    desk = models.ForeignKey(Desk, models.PROTECT, null=True, blank=True, related_name="sign_ins")
    proof = models.CharField(max_length=10, choices=Proof.choices)
    browser = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=10, choices=Ended.choices, null=True, blank=True)

    class Meta:
        constraints = [
            one_of("proof", Proof),
            one_of("why", Ended),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, why__isnull=True)
                | models.Q(ended_at__isnull=False, why__isnull=False),
                name="accounts_signin_ended_with_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("began_at")), name="accounts_signin_expires_later"
            ),
            models.UniqueConstraint(
                fields=["session_key"], condition=models.Q(why__isnull=True), name="accounts_signin_session_once"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "expires_at"], name="accounts_signin_of_user"),
            models.Index(fields=["desk", "expires_at"], name="accounts_signin_of_desk"),
        ]


class WrongTry(Row):
    """A password or code that was wrong, counted in `bucket` (`accounts.services.tries`); both are keyed hashes."""

    bucket = models.CharField(max_length=64)
    who = models.CharField(max_length=64)
    tried_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["bucket", "tried_at"], name="accounts_wrongtry_window"),
            models.Index(fields=["who"], name="accounts_wrongtry_who"),
        ]
