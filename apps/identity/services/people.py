"""Adding people, and their passwords."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor, ActorKind
from apps.core.errors import FieldError, ValidationFailedError
from apps.identity.models import StaffRole, User

TAKEN = FieldError("/email", "duplicate", "A person with this e-mail address exists already.")


def subject_of(user: User) -> Subject:
    return Subject("user", user.public_id, user.email)


def _faults(pointer: str, error: ValidationError) -> list[FieldError]:
    return [FieldError(pointer, "invalid", message) for message in error.messages]


def _check_new_person(email: str, password: str | None, name: str) -> None:
    faults: list[FieldError] = []
    try:
        validate_email(email)
    except ValidationError as error:
        faults += _faults("/email", error)
    try:
        if password is not None:
            validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        faults += _faults("/password", error)
    if faults:
        raise ValidationFailedError("This person cannot be added so.", errors=faults)


def create_user(
    *,
    actor: Actor,
    at: datetime,
    email: str,
    password: str | None,
    name: str = "",
    staff_role: StaffRole | None = None,
) -> User:
    """A person who can sign in, and enters the admin if given a staff role. One without a
    password signs in by a provider upstream. What staff type is nobody's yet: the password has to
    be changed at the first sign-in, and the address is not proven.

    Raises ValidationFailedError for a bad or taken address and for a weak password.
    """
    email = email.strip().lower()
    _check_new_person(email, password, name)
    try:
        with transaction.atomic():
            return _add_person(actor, at, email, password, name, staff_role)
    except IntegrityError as error:
        raise ValidationFailedError(TAKEN.detail, errors=[TAKEN]) from error


def _add_person(
    actor: Actor,
    at: datetime,
    email: str,
    password: str | None,
    name: str,
    staff_role: StaffRole | None,
) -> User:
    is_typed = actor.kind == ActorKind.STAFF
    user = User.objects.create_user(
        email,
        password,
        name=name,
        is_staff=staff_role is not None,
        must_change_password=is_typed and password is not None,
        created_at=at,
    )
    # A provider, the link of an invitation and the operator vouch for it; nobody changes it later.
    EmailAddress.objects.create(user=user, email=email, verified=not is_typed, primary=True)
    if staff_role is not None:
        user.groups.add(Group.objects.get(name=staff_role))
    record(
        action=Action.USER_CREATED,
        actor=actor,
        at=at,
        subject=subject_of(user),
        data={"staff_role": staff_role.value if staff_role else None},
    )
    return user


def change_password(*, actor: Actor, at: datetime, user: User, password: str) -> None:
    """Store a password that the surface has checked against the validators.

    No token session granted before counts any more: whoever knew the old password is out.
    """
    user.set_password(password)
    user.must_change_password = False
    user.not_before = Now()
    with transaction.atomic():
        user.save(update_fields=["password", "must_change_password", "not_before"])
        record(
            action=Action.USER_PASSWORD_CHANGED,
            actor=actor,
            at=at,
            subject=subject_of(user),
            data={"ends_sessions": True},
        )
    user.refresh_from_db(fields=["not_before"])


def prove_address(*, user: User) -> None:
    """They have followed a link that went to their address."""
    EmailAddress.objects.filter(user=user, email=user.email).update(verified=True)
