"""Adding people, and remembering how they came and went."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from apps.audit.events import Action, Outcome
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import FieldError, ValidationFailedError
from apps.identity.models import StaffRole, User

TAKEN = FieldError("/email", "duplicate", "A person with this e-mail address exists already.")


def subject_of(user: User) -> Subject:
    return Subject("user", user.public_id, user.email)


def _faults(pointer: str, error: ValidationError) -> list[FieldError]:
    return [FieldError(pointer, "invalid", message) for message in error.messages]


def _check_new_person(email: str, password: str, name: str) -> None:
    faults: list[FieldError] = []
    try:
        validate_email(email)
    except ValidationError as error:
        faults += _faults("/email", error)
    try:
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
    password: str,
    name: str = "",
    staff_role: StaffRole | None = None,
) -> User:
    """A person who can sign in, and enters the admin if given a staff role.

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
    actor: Actor, at: datetime, email: str, password: str, name: str, staff_role: StaffRole | None
) -> User:
    user = User.objects.create_user(
        email, password, name=name, is_staff=staff_role is not None, created_at=at
    )
    # Whoever added the person vouches for the address; nobody can change it later.
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
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
    user.not_before = Now()
    with transaction.atomic():
        user.save(update_fields=["password", "not_before"])
        record(
            action=Action.USER_PASSWORD_CHANGED,
            actor=actor,
            at=at,
            subject=subject_of(user),
            data={"ends_sessions": True},
        )
    user.refresh_from_db(fields=["not_before"])


def record_sign_in(*, actor: Actor, at: datetime, user: User) -> None:
    record(action=Action.USER_SIGNED_IN, actor=actor, at=at, subject=subject_of(user))


def record_sign_out(*, actor: Actor, at: datetime, user: User) -> None:
    record(action=Action.USER_SIGNED_OUT, actor=actor, at=at, subject=subject_of(user))


def record_failed_sign_in(*, actor: Actor, at: datetime, email: str, reason: str) -> None:
    """Somebody tried and failed.

    An address nobody has here may be somebody's typo, or their password in the wrong field: the
    trail keeps a keyed digest of it, by which tries can be counted but not read.
    """
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    digest = salted_hmac("identity.failed-sign-in", email, algorithm="sha256").hexdigest()
    record(
        action=Action.USER_SIGN_IN_FAILED,
        actor=actor,
        at=at,
        outcome=Outcome.DENIED,
        subject=subject_of(user) if user else Subject("unknown_user", digest[:32]),
        data={"reason": reason},
    )
