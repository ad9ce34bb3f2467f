"""People who can sign in."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from apps.core.fields import EncryptedTextField
from apps.core.models import Fenced, Identified


class StaffRole(models.TextChoices):
    """What a member of staff may do in the admin; each is a group of permissions (spec 5)."""

    VIEWER = "viewer"
    ONBOARDING_OFFICER = "onboarding_officer", "onboarding officer"
    PROCUREMENT_MANAGER = "procurement_manager", "procurement manager"
    SECURITY_OFFICER = "security_officer", "security officer"
    ADMINISTRATOR = "administrator"


class UserManager(BaseUserManager["User"]):
    """Looks people up by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":  # noqa: ANN401 -- model fields
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(  # type: ignore[django-manager-missing]  # the provider library's models are untyped
    Identified, Fenced, AbstractBaseUser, PermissionsMixin
):
    """A person: staff of the buyer, or somebody who acts for a partner."""

    id_prefix = "usr"

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_staff = models.BooleanField(default=False, help_text="May enter the admin.")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(
        default=False, help_text="Staff chose it when they added the person."
    )
    created_at = models.DateTimeField()
    offboarded_at = models.DateTimeField(null=True, blank=True, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="identity_user_email_any_case",
                violation_error_message="A person with this e-mail address exists already.",
            )
        ]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """What a sign-in must still match, by Django's own check at every request: the fence is
        part of it, so a sign-in from before a flip counts no more than a token session does, and
        undoing the flip brings none back.
        """
        fence = self.not_before.isoformat() if self.not_before else ""
        return salted_hmac(
            "identity.sign-in", f"{self.password} {fence}", secret=secret, algorithm="sha256"
        ).hexdigest()


class FederationPreset(models.TextChoices):
    """Providers whose peculiarities are known."""

    GENERIC = "generic", "any OpenID provider"
    GOOGLE = "google"
    MICROSOFT = "microsoft"


class Federation(Identified, Fenced):
    """An OpenID provider upstream, configured by staff: whose people may sign in here by it.

    ``rules`` say who they become: each has a `claim`, a `value`, and then either a `staff_role`, or
    a `partner` (public id) and a `role`; the first that fits counts. Nobody is let in without.
    """

    id_prefix = "idp"

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=50, unique=True)
    preset = models.CharField(
        max_length=20, choices=FederationPreset.choices, default=FederationPreset.GENERIC
    )
    issuer = models.URLField(max_length=500)
    client_id = models.CharField(max_length=255)
    client_secret = EncryptedTextField()
    allowed_domains = ArrayField(
        models.CharField(max_length=253), help_text="E-mail domains it may vouch for."
    )
    rules = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FederatedIdentity(Identified):
    """Who somebody is at a provider upstream: its word and this subject are the key, never an
    e-mail address.

    ``made_person`` says that the person exists by the provider's word and has no other way in.
    What the provider gave us to ask it by is encrypted; ``confirmed_at`` is when it last said that
    the person is still there, ``asked_at`` when it was last asked, ``refused_at`` when it said no.
    """

    id_prefix = "fid"

    federation = models.ForeignKey(Federation, on_delete=models.PROTECT, related_name="identities")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="federated_identities")
    subject = models.CharField(max_length=191)
    email = models.EmailField(max_length=254, help_text="As the provider told it last.")
    made_person = models.BooleanField(default=False)
    access_token = EncryptedTextField(default="")
    access_until = models.DateTimeField(null=True)
    refresh_token = EncryptedTextField(default="")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    refused_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "federated identities"
        constraints = [
            models.UniqueConstraint(
                fields=["federation", "subject"],
                name="identity_federated_subject_once",
                violation_error_message="Somebody signs in by this account already.",
            ),
            models.UniqueConstraint(
                fields=["federation", "user"],
                name="identity_federated_user_once",
                violation_error_message="The person signs in by this provider already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} at {self.federation}"
