"""People who can sign in."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

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
