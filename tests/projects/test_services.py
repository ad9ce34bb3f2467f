"""Buyer entities, projects and members."""

from datetime import UTC, date, datetime, timedelta

import pytest

from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.partners.models import PartnerKind
from apps.partners.services import suspend_partner
from apps.projects.models import BuyerEntity, Project, ProjectMember
from apps.projects.services import add_member, create_buyer_entity, create_project
from apps.projects.states import MOVES, ProjectStatus
from tests.factories.world import partner, person

pytestmark = pytest.mark.django_db


def entity(operator: Actor, **changes: str) -> BuyerEntity:
    given = {"name": "Nordwind", "country": "se", "base_currency": "eur", **changes}
    return create_buyer_entity(actor=operator, at=datetime.now(tz=UTC), **given)


def project(operator: Actor, buyer: BuyerEntity, **changes: object) -> Project:
    given = {
        "number": "P-1",
        "title": "Paper",
        "starts_on": date(2026, 3, 1),
        "ends_on": date(2026, 3, 31),
        **changes,
    }
    return create_project(actor=operator, at=datetime.now(tz=UTC), buyer_entity=buyer, **given)


def test_create_buyer_entity_records_one_event(operator: Actor) -> None:
    made = entity(operator, timezone="Europe/Stockholm")

    made.refresh_from_db()
    assert (made.country, made.base_currency) == ("SE", "EUR")
    assert Event.objects.get().action == "buyer_entity.created"


@pytest.mark.parametrize(
    ("changes", "pointers"),
    (
        ({"country": "Sweden"}, ["/country"]),
        ({"country": "1A"}, ["/country"]),
        ({"country": "XX"}, ["/country"]),
        ({"base_currency": "XXQ"}, ["/base_currency"]),
        ({"timezone": "Mars/Olympus"}, ["/timezone"]),
        ({"timezone": "../../etc/passwd"}, ["/timezone"]),
        ({"name": ""}, ["/name"]),
    ),
)
def test_create_buyer_entity_with_bad_values_writes_nothing(
    operator: Actor, changes: dict[str, str], pointers: list[str]
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        entity(operator, **changes)

    assert [fault.pointer for fault in refused.value.errors] == pointers
    assert (BuyerEntity.objects.count(), Event.objects.count()) == (0, 0)


def test_create_buyer_entity_of_a_known_name_is_refused(operator: Actor) -> None:
    entity(operator)

    with pytest.raises(ValidationFailedError) as refused:
        entity(operator)

    assert [fault.pointer for fault in refused.value.errors] == ["/name"]


@pytest.mark.parametrize(
    ("timezone", "until"),
    (
        ("UTC", datetime(2026, 4, 1, tzinfo=UTC)),
        # Summer time has begun on the 29th: two hours ahead, not one.
        ("Europe/Stockholm", datetime(2026, 3, 31, 22, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 4, 1, 4, tzinfo=UTC)),
    ),
)
def test_create_project_ends_access_with_the_last_day_at_the_buyers(
    operator: Actor, timezone: str, until: datetime
) -> None:
    made = project(operator, entity(operator, timezone=timezone))

    made.refresh_from_db()
    assert made.access_until == until
    assert made.status == ProjectStatus.OPEN
    event = Event.objects.get(action="project.created")
    assert event.data["access_until"] == until.isoformat()


@pytest.mark.parametrize(
    ("changes", "pointers"),
    (
        ({"ends_on": date(2026, 2, 28)}, [""]),
        ({"ends_on": date.max}, ["/ends_on"]),
        ({"number": " "}, ["/number"]),
        ({"title": "x" * 201}, ["/title"]),
    ),
)
def test_create_project_with_bad_values_writes_nothing(
    operator: Actor, changes: dict[str, object], pointers: list[str]
) -> None:
    buyer = entity(operator)

    with pytest.raises(ValidationFailedError) as refused:
        project(operator, buyer, **changes)

    assert [fault.pointer for fault in refused.value.errors] == pointers
    assert Project.objects.count() == 0
    assert Event.objects.filter(action="project.created").count() == 0


def test_create_project_of_a_known_number_is_refused(operator: Actor) -> None:
    buyer = entity(operator)
    project(operator, buyer)

    with pytest.raises(ValidationFailedError) as refused:
        project(operator, buyer)

    assert [fault.pointer for fault in refused.value.errors] == ["/number"]


def test_project_moves_are_these() -> None:
    assert {(before, after) for before, following in MOVES.items() for after in following} == {
        ("draft", "open"),
        ("draft", "closed"),
        ("open", "on_hold"),
        ("open", "closing"),
        ("open", "closed"),
        ("on_hold", "open"),
        ("on_hold", "closing"),
        ("on_hold", "closed"),
        ("closing", "closed"),
        ("closed", "open"),
    }


def lasting(operator: Actor) -> Project:
    """A project that is not over."""
    return project(operator, entity(operator), ends_on=date(2099, 3, 31))


def test_add_member_records_the_partner(operator: Actor, at: datetime) -> None:
    paper, acme = lasting(operator), partner("Acme")

    member = add_member(
        actor=operator, at=at, project=paper, partner=acme, valid_until=at + timedelta(days=1)
    )

    assert (member.valid_from, member.valid_until) == (at, at + timedelta(days=1))
    event = Event.objects.get(action="project.member_added")
    assert event.subject_id == paper.public_id
    assert event.data["partner"] == acme.public_id


def test_add_member_twice_is_refused(operator: Actor, at: datetime) -> None:
    paper, acme = lasting(operator), partner("Acme")
    add_member(actor=operator, at=at, project=paper, partner=acme)

    with pytest.raises(ValidationFailedError) as refused:
        add_member(actor=operator, at=at, project=paper, partner=acme)

    assert [fault.detail for fault in refused.value.errors] == ["The partner is a member already."]
    assert ProjectMember.objects.count() == 1


def test_add_member_needs_a_partner_or_a_person_not_both(operator: Actor, at: datetime) -> None:
    paper, acme = lasting(operator), partner("Acme")
    ann = person("ann@buyer.example")

    for who in ({}, {"partner": acme, "user": ann}):
        with pytest.raises(ValidationFailedError):
            add_member(actor=operator, at=at, project=paper, **who)

    assert ProjectMember.objects.count() == 0


def members() -> dict[str, dict[str, object]]:
    return {
        "person": {"user": person("ann@buyer.example")},
        "vendor": {"partner": partner("Acme")},
        "erp": {"partner": partner("ERP", PartnerKind.INTEGRATION)},
    }


def test_add_member_takes_a_role_of_the_buyers_for_a_person(operator: Actor, at: datetime) -> None:
    paper = lasting(operator)

    add_member(actor=operator, at=at, project=paper, role="editor", **members()["person"])

    assert ProjectMember.objects.get().role == "editor"


@pytest.mark.parametrize(
    ("who", "role"), (("person", "salesperson"), ("vendor", "salesperson"), ("erp", "integration"))
)
def test_add_member_refuses_a_vendors_role_for_a_person_and_any_for_a_partner(
    operator: Actor, at: datetime, who: str, role: str
) -> None:
    paper = lasting(operator)

    with pytest.raises(ValidationFailedError) as refused:
        add_member(actor=operator, at=at, project=paper, role=role, **members()[who])

    assert [fault.code for fault in refused.value.errors] == ["role-not-allowed"]
    assert ProjectMember.objects.count() == 0


def test_add_member_that_ends_before_it_begins_is_refused(operator: Actor, at: datetime) -> None:
    paper = lasting(operator)

    with pytest.raises(ValidationFailedError) as refused:
        add_member(actor=operator, at=at, project=paper, partner=partner("Acme"), valid_until=at)

    assert [fault.pointer for fault in refused.value.errors] == ["/valid_until"]


def test_add_member_of_a_suspended_partner_is_refused(operator: Actor, at: datetime) -> None:
    paper, acme = lasting(operator), partner("Acme")
    suspend_partner(actor=operator, at=at, partner=acme, reason="a test")

    with pytest.raises(ValidationFailedError) as refused:
        add_member(actor=operator, at=at, project=paper, partner=acme)

    assert [fault.code for fault in refused.value.errors] == ["partner-not-active"]


def test_add_member_to_a_closed_project_is_refused(operator: Actor, at: datetime) -> None:
    paper = lasting(operator)
    Project.objects.update(status=ProjectStatus.CLOSED)

    with pytest.raises(InvalidTransitionError):
        add_member(actor=operator, at=at, project=paper, partner=partner("Acme"))

    assert ProjectMember.objects.count() == 0
