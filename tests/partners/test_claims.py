"""Who sees what of a record: every role with every scope, and the rules that staff edit."""

from datetime import datetime
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from apps.audit.models import Event
from apps.core.errors import ValidationFailedError
from apps.oauth.scopes import CATALOGUE
from apps.partners.models import VENDOR_ROLES, ClaimRule, Role
from apps.partners.policy import GROUP_SCOPES, claims_of_role, decide_claims
from apps.partners.selectors import rules_of
from apps.partners.services.claim_rules import set_claim_rules
from apps.partners.states import GROUP_FIELDS, ClaimGroup
from tests.factories.partners import staff_actor

P, C, A, T = ClaimGroup.PROFILE, ClaimGroup.CONTACTS, ClaimGroup.ADDRESS, ClaimGroup.TAX
B, F, I = ClaimGroup.BANKING, ClaimGroup.BANKING_FULL, ClaimGroup.INTERNAL  # noqa: E741 -- short names for a table
# Reference 3b, as the migration seeds it.
SEES: dict[Role, set[ClaimGroup]] = {
    Role.SALESPERSON: {P},
    Role.MANAGER: {P, A, C},
    Role.ADMIN: {P, A, C, T, B},
    Role.VIEWER: {P, A},
    Role.EDITOR: {P, A, C, T},
    Role.APPROVER_ADMIN: {P, A, C, T, B, F, I},
    Role.INTEGRATION: {P, A, C, T, B, F, I},
}


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_a_role_is_seeded_with_what_the_reference_says(role: Role) -> None:
    assert set(rules_of(role)) == SEES[role]


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "group"), tuple(product(Role, ClaimGroup)))
def test_a_group_is_shown_by_its_scope_and_the_roles_rule_together(
    role: Role, group: ClaimGroup
) -> None:
    rules, buyer_side = rules_of(role), role not in VENDOR_ROLES
    others = set(GROUP_SCOPES.values()) - {GROUP_SCOPES[group]}

    alone = decide_claims(scopes={GROUP_SCOPES[group]}, rules=rules, buyer_side=buyer_side)
    without = decide_claims(scopes=others, rules=rules, buyer_side=buyer_side)

    assert set(alone.shown) == ({group} & SEES[role])
    assert set(without.shown) == SEES[role] - {group}


def test_every_group_has_a_scope_of_the_catalogue_and_fields() -> None:
    assert set(GROUP_SCOPES) == set(GROUP_FIELDS) == set(ClaimGroup)
    assert set(GROUP_SCOPES.values()) <= CATALOGUE.keys()


@pytest.mark.parametrize("group", (F, I))
def test_a_vendor_is_never_shown_what_is_the_buyers_whatever_a_rule_says(group: str) -> None:
    rules: dict[str, list[str]] = {group: []}

    assert claims_of_role(rules, buyer_side=False).shown == {}
    assert set(claims_of_role(rules, buyer_side=True).shown) == {group}


def test_a_rule_that_names_fields_shows_these_and_names_the_others_as_hidden() -> None:
    claims = claims_of_role({C: ["name", "email"], P: []}, buyer_side=True)

    assert claims.fields(C) == {"name", "email"}
    assert claims.hidden((P, C, T)) == ["contacts.phone", "contacts.title", "tax"]
    assert {"contacts.name", "profile.website"} <= claims.names
    assert not claims.sees(T)


def test_a_rule_for_a_group_that_is_gone_shows_nothing() -> None:
    assert claims_of_role({"horoscope": []}, buyer_side=True).shown == {}


@pytest.mark.django_db
def test_set_claim_rules_replaces_a_roles_rules_with_one_event(at: datetime) -> None:
    rules = {P: [], C: ["email", "name"]}

    set_claim_rules(
        actor=staff_actor(), at=at, role=Role.VIEWER, rules=rules, reason="Viewers write mail."
    )

    assert rules_of(Role.VIEWER) == {P: [], C: ["email", "name"]}
    assert rules_of(Role.EDITOR).keys() == SEES[Role.EDITOR]
    event = Event.objects.get(action="claim_rules.changed")
    assert (event.subject_id, event.data) == ("viewer", {"reason": "Viewers write mail."})
    assert event.private["from"] == {"profile": [], "address": []}
    assert event.private["to"] == {"profile": [], "contacts": ["email", "name"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "rules", "pointers"),
    (
        (Role.ADMIN, {I: []}, ["/internal"]),
        (Role.ADMIN, {F: [], P: []}, ["/banking.full"]),
        (Role.VIEWER, {"horoscope": []}, ["/horoscope"]),
        (Role.VIEWER, {C: ["shoe_size"]}, ["/contacts"]),
    ),
)
def test_set_claim_rules_refuses_what_makes_no_sense(
    at: datetime, role: Role, rules: dict[str, list[str]], pointers: list[str]
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        set_claim_rules(actor=staff_actor(), at=at, role=role, rules=rules, reason="why")

    assert [fault.pointer for fault in refused.value.errors] == pointers
    assert set(rules_of(role)) == SEES[role]


@pytest.mark.django_db
def test_set_claim_rules_without_a_reason_changes_nothing(at: datetime) -> None:
    with pytest.raises(ValidationFailedError):
        set_claim_rules(actor=staff_actor(), at=at, role=Role.VIEWER, rules={}, reason=" ")

    assert set(rules_of(Role.VIEWER)) == SEES[Role.VIEWER]


@pytest.mark.django_db
def test_the_database_keeps_one_rule_for_a_role_and_group() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimRule.objects.create(role=Role.VIEWER, group=P)
