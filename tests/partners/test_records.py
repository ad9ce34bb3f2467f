"""A partner's own row: who changes what of it, and what stays."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from apps.audit.models import Event
from apps.core.errors import DomainError, InvalidTransitionError, ValidationFailedError
from apps.gateway.errors import ClaimNotPermittedError
from apps.gateway.policy import Precondition
from apps.partners.models import Partner, Role
from apps.partners.selectors import rules_of
from apps.partners.services import flip_partner
from apps.partners.services.claim_rules import set_claim_rules
from apps.partners.services.records import change_vendor, edit_partner
from apps.partners.states import PartnerStatus
from tests.factories.partners import staff_actor, vendor_actor
from tests.factories.threads import at_once
from tests.factories.world import partner, person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "pointer"),
    (
        ({"name": " " * 201}, "/name"),
        ({"identifiers": [{"scheme": "0192"}]}, "/identifiers/0"),
        ({"default_currency": "XXX"}, "/default_currency"),
        ({"website": "mailto:ann@acme.example"}, "/website"),
        ({"risk_tier": "enormous"}, "/risk_tier"),
    ),
)
def test_edit_partner_refuses_what_makes_no_sense(
    at: datetime, changes: dict[str, Any], pointer: str
) -> None:
    acme = partner("Acme")

    with pytest.raises(ValidationFailedError) as refused:
        edit_partner(actor=staff_actor(), at=at, partner=acme, changes=changes)

    assert pointer in [fault.pointer for fault in refused.value.errors]
    acme.refresh_from_db()
    assert acme.revision == 1


def test_only_staff_look_after_a_partner(at: datetime) -> None:
    acme, ann = partner("Acme"), person("ann@acme.example")

    with pytest.raises(ValidationFailedError) as refused:
        edit_partner(actor=staff_actor(), at=at, partner=acme, changes={"owner": ann})

    assert [fault.pointer for fault in refused.value.errors] == ["/owner"]


@pytest.mark.parametrize(
    ("role", "changes"),
    (
        (Role.EDITOR, {"risk_tier": "low"}),
        (Role.VIEWER, {"internal_note": "x"}),
        ("", {"trading_name": "x"}),
        (Role.APPROVER_ADMIN, {"status": "suspended"}),
        (Role.APPROVER_ADMIN, {"portal_roles": []}),
    ),
)
def test_edit_partner_goes_no_further_than_the_role_sees(
    at: datetime, role: str, changes: dict[str, Any]
) -> None:
    acme = partner("Acme")

    with pytest.raises(ClaimNotPermittedError):
        edit_partner(actor=staff_actor(role=role), at=at, partner=acme, changes=changes)

    acme.refresh_from_db()
    assert (acme.status, acme.revision) == ("active", 1)


def test_the_record_of_an_offboarded_partner_is_closed_that_of_a_suspended_one_is_not(
    at: datetime,
) -> None:
    acme, actor = partner("Acme"), staff_actor()
    flip_partner(at=at, partner=acme, after=PartnerStatus.SUSPENDED)
    edit_partner(actor=actor, at=at, partner=acme, changes={"internal_note": "Call them."})
    flip_partner(at=at, partner=acme, after=PartnerStatus.OFFBOARDED)

    with pytest.raises(InvalidTransitionError):
        edit_partner(actor=actor, at=at, partner=acme, changes={"internal_note": ""})

    assert Partner.objects.get(pk=acme.pk).internal_note == "Call them."


def test_a_flip_counts_the_revision(at: datetime) -> None:
    acme = partner("Acme")

    flip_partner(at=at, partner=acme, after=PartnerStatus.SUSPENDED)

    assert acme.revision == 2


def test_a_change_to_what_it_is_writes_nothing(at: datetime) -> None:
    acme = partner("Acme")

    edit_partner(actor=staff_actor(), at=at, partner=acme, changes={"name": "Acme"})

    acme.refresh_from_db()
    assert acme.revision == 1
    assert not Event.objects.filter(action="partner.changed").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_on_one_revision_at_once_one_wins(at: datetime) -> None:
    acme = partner("Acme")
    seen = Precondition(tags=frozenset({f'"{acme.public_id}.1"'}))

    def change(name: str) -> str:
        try:
            change_vendor(
                actor=vendor_actor(acme),
                at=at,
                vendor_id=acme.public_id,
                changes={"trading_name": name},
                precondition=seen,
            )
        except DomainError as error:
            return error.code
        return "changed"

    results = at_once(*(lambda name=name: change(name) for name in ("One", "Two", "Three")))

    assert sorted(results) == ["changed", "revision-stale", "revision-stale"]
    assert Partner.objects.get(pk=acme.pk).revision == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_set_a_roles_rules_at_once_both_say_what_they_replaced(at: datetime) -> None:
    """The role had none: nothing that either could have locked."""
    before = dict(rules_of(Role.SALESPERSON))
    set_claim_rules(
        actor=staff_actor(), at=at, role=Role.SALESPERSON, rules={}, reason="from nothing"
    )
    wanted: tuple[dict[str, list[str]], ...] = ({"profile": ["name"]}, {"profile": ["website"]})
    try:
        at_once(
            *(
                lambda rules=rules: set_claim_rules(
                    actor=staff_actor(), at=at, role=Role.SALESPERSON, rules=rules, reason="race"
                )
                for rules in wanted
            )
        )
        events = Event.objects.filter(action="claim_rules.changed").exclude(
            data__reason="from nothing"
        )
        told = [(event.private["from"], event.private["to"]) for event in events]
        final = dict(rules_of(Role.SALESPERSON))
    finally:
        _restore(before, at)

    (first,) = [to for from_, to in told if from_ == {}]
    (second,) = [to for from_, to in told if from_ == first]
    assert second == final


def _restore(rules: dict[str, Any], at: datetime) -> None:
    """The rules are filled by a migration, so no fixture resets them."""
    set_claim_rules(
        actor=staff_actor(), at=at, role=Role.SALESPERSON, rules=rules, reason="restored"
    )
    connection.close()
