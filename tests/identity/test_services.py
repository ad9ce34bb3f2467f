"""Adding people and what the trail keeps of their coming and going."""

from datetime import datetime

import pytest
from allauth.account.models import EmailAddress

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import ValidationFailedError
from apps.identity.models import StaffRole, User
from apps.identity.selectors import staff_roles
from apps.identity.services import change_password, create_user, record_failed_sign_in

pytestmark = pytest.mark.django_db
GOOD = "correct horse battery"


def refused(actor: Actor, at: datetime, email: str, password: str) -> list[tuple[str, str]]:
    with pytest.raises(ValidationFailedError) as refusal:
        create_user(actor=actor, at=at, email=email, password=password)
    return [(fault.pointer, fault.code) for fault in refusal.value.errors]


def test_create_user_adds_somebody_who_can_sign_in_and_one_event(
    operator: Actor, at: datetime
) -> None:
    user = create_user(
        actor=operator, at=at, email=" Ada@Buyer.Example ", password=GOOD, name="Ada"
    )

    address = EmailAddress.objects.get(user=user)
    assert (user.email, user.is_staff, user.check_password(GOOD)) == (
        "ada@buyer.example",
        False,
        True,
    )
    assert (address.email, address.verified, address.primary) == ("ada@buyer.example", True, True)
    event = Event.objects.get()
    assert (event.action, event.subject_id) == ("user.created", user.public_id)


@pytest.mark.parametrize("role", StaffRole)
def test_create_user_with_a_staff_role_joins_its_group(
    operator: Actor, at: datetime, role: StaffRole
) -> None:
    user = create_user(
        actor=operator, at=at, email="ada@buyer.example", password=GOOD, staff_role=role
    )

    assert (user.is_staff, user.is_superuser) == (True, False)
    assert staff_roles(user) == [role.label]


def test_create_user_refuses_an_address_that_is_taken_whatever_its_case(
    operator: Actor, at: datetime
) -> None:
    create_user(actor=operator, at=at, email="ada@buyer.example", password=GOOD)

    faults = refused(operator, at, "ADA@buyer.example", GOOD)

    assert faults == [("/email", "duplicate")]
    assert (User.objects.count(), Event.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("email", "password", "pointers"),
    (
        ("no address", GOOD, {"/email"}),
        ("ada@buyer.example", "short", {"/password"}),
        ("ada@buyer.example", "password1234", {"/password"}),
        ("adalovelace@buyer.example", "adalovelace@buyer", {"/password"}),
        ("", "", {"/email", "/password"}),
    ),
)
def test_create_user_refuses_what_is_wrong_and_writes_nothing(
    operator: Actor, at: datetime, email: str, password: str, pointers: set[str]
) -> None:
    faults = refused(operator, at, email, password)

    assert {pointer for pointer, _code in faults} == pointers
    assert (User.objects.count(), Event.objects.count()) == (0, 0)


def test_change_password_replaces_it_ends_sessions_and_records_no_word_of_it(
    operator: Actor, at: datetime
) -> None:
    user = create_user(actor=operator, at=at, email="ada@buyer.example", password=GOOD)

    change_password(actor=operator, at=at, user=user, password="another good battery")

    user.refresh_from_db()
    event = Event.objects.get(action="user.password_changed")
    assert (user.check_password(GOOD), user.check_password("another good battery")) == (False, True)
    assert (event.subject_id, event.data) == (user.public_id, {"ends_sessions": True})
    assert user.not_before is not None


def test_failed_sign_in_of_somebody_known_names_the_person(operator: Actor, at: datetime) -> None:
    user = create_user(actor=operator, at=at, email="ada@buyer.example", password=GOOD)

    record_failed_sign_in(actor=operator, at=at, email=" ADA@buyer.example", reason="credentials")

    event = Event.objects.get(action="user.sign_in_failed")
    assert (event.subject_id, event.outcome) == (user.public_id, "denied")
    assert event.data == {"reason": "credentials"}


def test_failed_sign_in_of_nobody_keeps_a_digest_that_counts_but_cannot_be_read(
    operator: Actor, at: datetime
) -> None:
    for typed in ("my-password", "My-Password ", "another"):
        record_failed_sign_in(actor=operator, at=at, email=typed, reason="credentials")

    first, again, other = Event.objects.order_by("id").values_list("subject_id", flat=True)
    assert (first == again, first == other) == (True, False)
    kept = str(list(Event.objects.values())).lower()
    assert "my-password" not in kept
