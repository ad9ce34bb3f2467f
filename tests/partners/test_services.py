"""Companies, their life, and the people who act for them."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import DomainError, InvalidTransitionError, ValidationFailedError
from apps.identity.models import StaffRole
from apps.partners.models import Partner, PartnerContact, PartnerKind, PartnerUser, Role
from apps.partners.services import (
    add_contact,
    add_partner_user,
    create_partner,
    flip_partner,
    resume_partner,
    suspend_partner,
)
from apps.partners.states import MOVES, PartnerStatus
from tests.factories.world import partner, person

pytestmark = pytest.mark.django_db


def test_create_partner_records_one_event(at: datetime, operator: Actor) -> None:
    made = create_partner(
        actor=operator,
        at=at,
        name="  Acme ",
        kind=PartnerKind.VENDOR,
        identifiers=[{"scheme": "0192", "id": "991825827"}],
    )

    made.refresh_from_db()
    assert (made.name, made.status) == ("Acme", PartnerStatus.ACTIVE)
    event = Event.objects.get()
    assert (event.action, event.subject_id) == ("partner.created", made.public_id)


@pytest.mark.parametrize(
    ("changes", "pointers"),
    (
        ({"name": "  "}, ["/name"]),
        ({"name": "x" * 201}, ["/name"]),
        ({"kind": "friend"}, ["/kind"]),
        ({"identifiers": [{"scheme": "0192"}]}, ["/identifiers/0"]),
        ({"identifiers": [{"scheme": "0192", "id": 5}]}, ["/identifiers/0"]),
        ({"identifiers": [{"scheme": "0192", "id": "1"}, "x"]}, ["/identifiers/1"]),
        ({"name": "", "kind": "friend"}, ["/kind", "/name"]),
    ),
)
def test_create_partner_with_bad_values_writes_nothing(
    at: datetime, operator: Actor, changes: dict[str, object], pointers: list[str]
) -> None:
    given = {"name": "Acme", "kind": "vendor", **changes}

    with pytest.raises(ValidationFailedError) as refused:
        create_partner(actor=operator, at=at, **given)

    assert sorted(fault.pointer for fault in refused.value.errors) == pointers
    assert (Partner.objects.count(), Event.objects.count()) == (0, 0)


def test_add_contact_keeps_the_address_out_of_the_trail(at: datetime, operator: Actor) -> None:
    acme = partner("Acme")

    contact = add_contact(actor=operator, at=at, partner=acme, email=" Ann@Acme.example ")

    event = Event.objects.get(action="partner_contact.added")
    assert contact.email == "ann@acme.example"
    assert event.data["part"] == contact.public_id
    assert "acme.example" not in f"{event.data} {event.private}"


@pytest.mark.parametrize("email", ("ann@acme.example", "not an address", ""))
def test_add_contact_twice_or_without_an_address_is_refused(
    at: datetime, operator: Actor, email: str
) -> None:
    acme = partner("Acme")
    add_contact(actor=operator, at=at, partner=acme, email="ann@acme.example")

    with pytest.raises(ValidationFailedError):
        add_contact(actor=operator, at=at, partner=acme, email=email)

    assert PartnerContact.objects.count() == 1
    assert Event.objects.filter(action="partner_contact.added").count() == 1


PAIRS = [(before, after) for before in PartnerStatus for after in PartnerStatus]


@pytest.mark.parametrize(
    ("before", "after"), tuple(pair for pair in PAIRS if pair[1] in MOVES[pair[0]])
)
def test_flip_partner_moves_and_fences(
    at: datetime, before: PartnerStatus, after: PartnerStatus
) -> None:
    acme = partner("Acme")
    Partner.objects.update(status=before)

    flip_partner(at=at, partner=acme, after=after)

    acme.refresh_from_db()
    assert acme.status == after
    assert acme.not_before is not None


@pytest.mark.parametrize(
    ("before", "after"), tuple(pair for pair in PAIRS if pair[1] not in MOVES[pair[0]])
)
def test_flip_partner_refuses_what_is_not_in_the_table(
    at: datetime, before: PartnerStatus, after: PartnerStatus
) -> None:
    acme = partner("Acme")
    Partner.objects.update(status=before)

    with pytest.raises(InvalidTransitionError) as refused:
        flip_partner(at=at, partner=acme, after=after)

    assert refused.value.extra == {"from": before, "to": after}
    acme.refresh_from_db()
    assert (acme.status, acme.not_before) == (before, None)


def test_partner_moves_are_these() -> None:
    assert {(before, after) for before, following in MOVES.items() for after in following} == {
        ("active", "suspended"),
        ("active", "offboarded"),
        ("suspended", "active"),
        ("suspended", "offboarded"),
    }


def test_suspend_and_resume_each_set_the_fence_by_the_databases_clock(
    at: datetime, operator: Actor
) -> None:
    acme = partner("Acme")
    long_ago = at - timedelta(days=3)

    suspend_partner(actor=operator, at=long_ago, partner=acme, reason="late deliveries")
    suspended = acme.not_before
    resume_partner(actor=operator, at=long_ago, partner=acme, reason="they deliver again")

    assert suspended is not None
    assert acme.not_before is not None
    assert long_ago < suspended < acme.not_before
    assert acme.status == PartnerStatus.ACTIVE
    events = Event.objects.filter(subject_id=acme.public_id).order_by("id")
    assert [(event.action, event.data) for event in events[1:]] == [
        ("partner.suspended", {"reason": "late deliveries"}),
        ("partner.resumed", {"reason": "they deliver again"}),
    ]


def test_suspend_without_a_reason_changes_nothing(at: datetime, operator: Actor) -> None:
    acme = partner("Acme")

    with pytest.raises(ValidationFailedError):
        suspend_partner(actor=operator, at=at, partner=acme, reason="  ")

    acme.refresh_from_db()
    assert acme.status == PartnerStatus.ACTIVE


def test_resume_of_an_active_partner_is_refused_without_an_event(
    at: datetime, operator: Actor
) -> None:
    acme = partner("Acme")

    with pytest.raises(InvalidTransitionError):
        resume_partner(actor=operator, at=at, partner=acme, reason="by mistake")

    assert Event.objects.filter(action="partner.resumed").count() == 0


@pytest.mark.parametrize("kind", PartnerKind.values)
@pytest.mark.parametrize("role", Role.values)
def test_add_partner_user_takes_the_roles_of_the_kind(
    at: datetime, operator: Actor, kind: str, role: str
) -> None:
    company, ann = partner("Company", PartnerKind(kind)), person("ann@company.example")
    is_vendor_role = role in {"salesperson", "manager", "admin"}
    is_given = role != "approver_admin" and is_vendor_role == (kind == "vendor")

    if is_given:
        add_partner_user(actor=operator, at=at, partner=company, user=ann, role=role)
    else:
        with pytest.raises(ValidationFailedError, match="cannot be added"):
            add_partner_user(actor=operator, at=at, partner=company, user=ann, role=role)

    allowed = int(is_given)
    assert PartnerUser.objects.filter(role=role).count() == allowed
    assert Event.objects.filter(action="partner_user.added").count() == allowed


def test_add_partner_user_refuses_staff(at: datetime, operator: Actor) -> None:
    ann = person("ann@buyer.example", is_staff=True)

    with pytest.raises(ValidationFailedError) as refused:
        add_partner_user(
            actor=operator, at=at, partner=partner("Acme"), user=ann, role=Role.MANAGER
        )

    assert [fault.code for fault in refused.value.errors] == ["is-staff"]
    assert StaffRole.VIEWER not in ann.groups.values_list("name", flat=True)


def test_add_partner_user_for_a_second_partner_is_refused(at: datetime, operator: Actor) -> None:
    ann, acme, globex = person("ann@acme.example"), partner("Acme"), partner("Globex")
    add_partner_user(actor=operator, at=at, partner=acme, user=ann, role=Role.MANAGER)

    with pytest.raises(ValidationFailedError) as refused:
        add_partner_user(actor=operator, at=at, partner=globex, user=ann, role=Role.MANAGER)

    assert [fault.pointer for fault in refused.value.errors] == ["/user"]
    assert PartnerUser.objects.get().partner == acme


def test_add_partner_user_to_a_suspended_partner_is_refused(at: datetime, operator: Actor) -> None:
    acme = partner("Acme")
    suspend_partner(actor=operator, at=at, partner=acme, reason="a test")

    with pytest.raises(InvalidTransitionError):
        add_partner_user(
            actor=operator, at=at, partner=acme, user=person("ann@acme.example"), role=Role.MANAGER
        )

    assert PartnerUser.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_eight_suspensions_at_once_are_one(at: datetime, operator: Actor) -> None:
    acme = partner("Acme")
    start, outcomes = Barrier(8), []

    def suspend() -> None:
        mine = Partner.objects.get(pk=acme.pk)
        start.wait()
        try:
            suspend_partner(actor=operator, at=at, partner=mine, reason="a race")
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=suspend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done"] + ["invalid-transition"] * 7
    assert Event.objects.filter(action="partner.suspended").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_person_added_to_two_partners_at_once_acts_for_one(
    at: datetime, operator: Actor
) -> None:
    ann = person("ann@acme.example")
    companies = [partner("Acme"), partner("Globex")]
    start, outcomes = Barrier(2), []

    def add(company: Partner) -> None:
        start.wait()
        try:
            add_partner_user(actor=operator, at=at, partner=company, user=ann, role=Role.MANAGER)
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=add, args=(company,)) for company in companies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "validation-error"]
    assert PartnerUser.objects.count() == 1
