"""Changes of bank account: proposed, checked by a second person, cooled off, or stopped."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.audit.models import Event
from apps.core.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidTransitionError,
    NotFoundError,
    ValidationFailedError,
)
from apps.gateway.errors import ClaimNotPermittedError, RevisionStaleError
from apps.gateway.policy import Precondition
from apps.partners.models import BankAccountChange, Partner, PartnerBankAccount, Role
from apps.partners.services import suspend_partner
from apps.partners.services.bank_changes import propose_for_partner, withdraw_bank_change
from apps.partners.services.bank_checks import refuse_bank_change, verify_bank_change
from apps.partners.states import CHANGE_MOVES, EFFECTIVE, ChangeState
from tests.factories.gateway import ANY_REVISION
from tests.factories.partners import (
    IBAN,
    NOTE,
    OTHER_IBAN,
    account,
    checked,
    details,
    proposed,
    staff_actor,
    vendor_actor,
    verified,
    withdrawn,
)
from tests.factories.threads import at_once
from tests.factories.world import SETUP, partner, person

pytestmark = pytest.mark.django_db

COOLING_OFF = timedelta(hours=48)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def acme() -> Partner:
    return partner("Acme")


def statuses(vendor: Partner, at: datetime) -> list[tuple[str, str]]:
    accounts = PartnerBankAccount.objects.filter(partner=vendor).order_by("pk")
    return [(one.ending, str(one.status_at(at))) for one in accounts]


def test_a_verified_account_counts_when_it_has_cooled_off(acme: Partner, at: datetime) -> None:
    change = verified(acme, at=at)

    until = at + COOLING_OFF
    assert statuses(acme, until - INSTANT) == [("3000", "pending")]
    assert statuses(acme, until) == [("3000", "verified")]
    assert change.state_at(until - INSTANT) == ChangeState.VERIFIED
    assert change.state_at(until) == EFFECTIVE
    assert (change.effective_from, change.check_note) == (until, NOTE)


def test_a_proposal_alone_makes_no_account(acme: Partner) -> None:
    change = proposed(acme)

    assert not PartnerBankAccount.objects.exists()
    assert (change.state, change.number, change.masked) == ("proposed", IBAN, "****3000")


def test_the_cooling_off_is_a_setting(acme: Partner, at: datetime, settings: Any) -> None:
    settings.BANK_CHANGE_COOLING_OFF = timedelta(hours=1)

    assert verified(acme, at=at).effective_from == at + timedelta(hours=1)


def test_a_replaced_account_is_paid_to_until_the_new_one_counts(
    acme: Partner, at: datetime
) -> None:
    old = account(acme, at=at)
    later = at + timedelta(days=10)

    verified(
        acme,
        at=later,
        kind="replace",
        account_id=old.public_id,
        details=details(iban=OTHER_IBAN),
    )

    assert statuses(acme, later) == [("3000", "verified"), ("2606", "pending")]
    assert statuses(acme, later + COOLING_OFF) == [("3000", "retired"), ("2606", "verified")]


def test_a_retired_account_goes_when_that_has_cooled_off(acme: Partner, at: datetime) -> None:
    old = account(acme, at=at)
    later = at + timedelta(days=10)

    verified(acme, at=later, kind="retire", account_id=old.public_id, details=details_of_none())

    assert statuses(acme, later + COOLING_OFF - INSTANT) == [("3000", "verified")]
    assert statuses(acme, later + COOLING_OFF) == [("3000", "retired")]


def details_of_none() -> Any:
    return details(holder="", iban="", currency="")


@pytest.mark.parametrize("stop", ("withdraw", "refuse"))
def test_what_is_stopped_while_it_cools_off_never_counts(
    acme: Partner, at: datetime, stop: str
) -> None:
    old = account(acme, at=at)
    later = at + timedelta(days=10)
    change = verified(
        acme, at=later, kind="replace", account_id=old.public_id, details=details(iban=OTHER_IBAN)
    )

    if stop == "withdraw":
        stopped = withdrawn(acme, change, at=later + timedelta(hours=47))
    else:
        stopped = refuse_bank_change(
            actor=staff_actor(), at=later + timedelta(hours=47), change=change, reason="Not them."
        )

    for moment in (later + timedelta(hours=47), later + timedelta(days=365)):
        assert statuses(acme, moment) == [("3000", "verified"), ("2606", "retired")]
    assert stopped.state in {ChangeState.WITHDRAWN, ChangeState.REFUSED}


def move(change: BankAccountChange, to: str, at: datetime) -> BankAccountChange:
    if to == ChangeState.VERIFIED:
        return checked(change, at=at, actor=staff_actor())
    if to == ChangeState.REFUSED:
        return refuse_bank_change(actor=staff_actor(), at=at, change=change, reason="No.")
    return withdrawn(change.partner, change, at=at)


def brought_to(state: str, acme: Partner, at: datetime) -> BankAccountChange:
    """A change that stands in this state at ``at``."""
    if state == EFFECTIVE:
        return verified(acme, at=at - COOLING_OFF)
    change = proposed(acme, at=at)
    return change if state == ChangeState.PROPOSED else move(change, state, at)


@pytest.mark.parametrize("to", (ChangeState.VERIFIED, ChangeState.REFUSED, ChangeState.WITHDRAWN))
@pytest.mark.parametrize("state", sorted(CHANGE_MOVES))
def test_every_move_is_as_the_table_says(
    acme: Partner, at: datetime, state: str, to: ChangeState
) -> None:
    change = brought_to(state, acme, at)

    if to in CHANGE_MOVES[state]:
        assert move(change, to, at).state == to
        return
    with pytest.raises(InvalidTransitionError) as refused:
        move(change, to, at)
    assert refused.value.extra == {
        "from": state, "to": to, "allowed": sorted(CHANGE_MOVES[state]),
    }  # fmt: skip


def test_change_moves_are_these() -> None:
    assert {
        "proposed": {"verified", "refused", "withdrawn"},
        "verified": {"refused", "withdrawn"},
        "effective": set(),
        "refused": set(),
        "withdrawn": set(),
    } == CHANGE_MOVES


def test_the_proposer_never_verifies(acme: Partner, at: datetime) -> None:
    first = staff_actor()
    change = propose_for_partner(
        actor=first, at=at, partner=acme, kind="add", reason="By letter.", details=details()
    )

    with pytest.raises(ForbiddenError) as refused:
        checked(change, at=at, actor=first)
    second = staff_actor("second@buyer.example")
    done = checked(change, at=at, actor=second)

    assert refused.value.code == "segregation-of-duties"
    assert (done.proposed_by_id, done.verified_by_id) == (first.user_id, second.user_id)


def test_the_database_refuses_one_person_in_both_places(acme: Partner, at: datetime) -> None:
    change = verified(acme, at=at)
    same = change.verified_by_id

    with pytest.raises(IntegrityError), transaction.atomic():
        BankAccountChange.objects.filter(pk=change.pk).update(proposed_by=same)


def test_only_staff_decide(acme: Partner, at: datetime) -> None:
    change = proposed(acme)

    with pytest.raises(ForbiddenError):
        checked(change, at=at, actor=SETUP)
    with pytest.raises(ForbiddenError):
        refuse_bank_change(actor=vendor_actor(acme), at=at, change=change, reason="x")


@pytest.mark.parametrize("role", (Role.VIEWER, Role.EDITOR, ""))
def test_staff_whose_role_does_not_see_banking_decide_nothing(
    acme: Partner, at: datetime, role: str
) -> None:
    with pytest.raises(ClaimNotPermittedError):
        checked(proposed(acme), at=at, actor=staff_actor(role=role))


def test_verify_needs_a_note_of_the_check(acme: Partner, at: datetime) -> None:
    change = proposed(acme)

    with pytest.raises(ValidationFailedError) as refused:
        verify_bank_change(actor=staff_actor(), at=at, change=change, check_note="  ", number=IBAN)

    assert [fault.pointer for fault in refused.value.errors] == ["/check_note"]
    change.refresh_from_db()
    assert change.state == ChangeState.PROPOSED


@pytest.mark.parametrize("number", ("", OTHER_IBAN, IBAN[:-1], "****3000"))
def test_verify_needs_the_number_as_the_vendor_reads_it_out(
    acme: Partner, at: datetime, number: str
) -> None:
    change = proposed(acme)

    with pytest.raises(ValidationFailedError) as refused:
        verify_bank_change(
            actor=staff_actor(), at=at, change=change, check_note=NOTE, number=number
        )
    spoken = "de89 3704 0044 0532 0130 00"
    done = verify_bank_change(
        actor=staff_actor(), at=at, change=change, check_note=NOTE, number=spoken
    )

    assert [fault.pointer for fault in refused.value.errors] == ["/number"]
    assert done.state == ChangeState.VERIFIED


@pytest.mark.parametrize("role", (Role.SALESPERSON, Role.MANAGER))
def test_who_does_not_see_banking_proposes_nothing(acme: Partner, role: str) -> None:
    with pytest.raises(ClaimNotPermittedError):
        proposed(acme, actor=vendor_actor(acme, role))


def test_another_vendor_neither_proposes_nor_withdraws(acme: Partner, at: datetime) -> None:
    globex, change = partner("Globex"), proposed(acme)

    with pytest.raises(NotFoundError):
        proposed(acme, actor=vendor_actor(globex))
    for vendor_id in (acme.public_id, globex.public_id):
        with pytest.raises(NotFoundError):
            withdraw_bank_change(
                actor=vendor_actor(globex),
                at=at,
                vendor_id=vendor_id,
                change_id=change.public_id,
                precondition=ANY_REVISION,
            )


def test_one_change_of_an_account_at_a_time_also_while_one_cools_off(
    acme: Partner, at: datetime
) -> None:
    old = account(acme, at=at)
    later = at + timedelta(days=10)
    retire: dict[str, Any] = {
        "kind": "retire", "account_id": old.public_id, "details": details_of_none(),
    }  # fmt: skip
    change = proposed(acme, at=later, **retire)

    with pytest.raises(ConflictError):
        proposed(acme, at=later, **retire)
    checked(change, at=later, actor=staff_actor())
    with pytest.raises(ConflictError):
        proposed(acme, at=later, **retire)
    withdrawn(acme, change, at=later)

    assert proposed(acme, at=later, **retire).state == ChangeState.PROPOSED


def test_no_flood_of_changes(acme: Partner) -> None:
    for _ in range(10):
        proposed(acme)

    with pytest.raises(ConflictError):
        proposed(acme)


def test_an_account_that_is_gone_or_anothers_is_not_found(acme: Partner, at: datetime) -> None:
    foreign = account(partner("Globex"), at=at)

    for account_id in (foreign.public_id, "bnk_01J8", "\x00"):
        with pytest.raises(ValidationFailedError) as refused:
            proposed(acme, kind="retire", account_id=account_id, details=details_of_none())
        assert [fault.pointer for fault in refused.value.errors] == ["/account"]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    (
        ({"iban": "DE89370400440532013001"}, ["/iban"]),
        ({"iban": "DE8937040044053201300"}, ["/iban"]),
        ({"iban": "XX89370400440532013000"}, ["/iban", "/country"]),
        ({"iban": "", "country": "US"}, ["/iban"]),
        ({"account_number": "12345678"}, ["/iban"]),
        ({"iban": "", "account_number": "12;34", "country": "US"}, ["/account_number"]),
        ({"iban": "", "account_number": "12345678"}, ["/country"]),
        ({"bic": "COBADEFF0"}, ["/bic"]),
        ({"holder": " "}, ["/holder"]),
        ({"currency": "XAU"}, ["/currency"]),
        ({"country": "ZZ"}, ["/country"]),
    ),
)
def test_what_is_no_account_is_refused_without_repeating_it(
    acme: Partner, changes: dict[str, str], pointers: list[str]
) -> None:
    given = details(**changes)

    with pytest.raises(ValidationFailedError) as refused:
        proposed(acme, details=given)

    assert [fault.pointer for fault in refused.value.errors] == pointers
    assert given.number not in repr(refused.value) or not given.number
    assert not BankAccountChange.objects.exists()


@pytest.mark.parametrize(
    ("kind", "given", "pointers"),
    (
        ("add", ("account", "details"), ["/account"]),
        ("replace", ("details",), ["/account"]),
        ("retire", (), ["/account"]),
        ("retire", ("account", "details"), ["/kind"]),
        ("add", (), ["/iban", "/holder", "/country", "/currency"]),
        ("move", ("account", "details"), ["/kind"]),
    ),
)
def test_a_change_is_whole(
    acme: Partner, at: datetime, kind: str, given: tuple[str, ...], pointers: list[str]
) -> None:
    held = account(acme, at=at)

    with pytest.raises(ValidationFailedError) as refused:
        proposed(
            acme,
            at=at + timedelta(days=3),
            kind=kind,
            account_id=held.public_id if "account" in given else "",
            details=details() if "details" in given else details_of_none(),
        )

    assert [fault.pointer for fault in refused.value.errors] == pointers


def test_spaces_in_a_number_do_not_matter_and_a_short_one_shows_two_characters(
    acme: Partner,
) -> None:
    spaced = proposed(acme, details=details(iban="de89 3704 0044 0532 0130 00"))
    short = proposed(acme, details=details(iban="", account_number="123 456", country="US"))

    assert (spaced.number, spaced.country, spaced.number_kind) == (IBAN, "DE", "iban")
    assert (short.masked, short.number_kind) == ("****56", "account")


def test_a_suspended_vendors_account_is_neither_proposed_nor_verified(
    acme: Partner, at: datetime
) -> None:
    change = proposed(acme)
    suspend_partner(actor=SETUP, at=at, partner=acme, reason="trouble")

    with pytest.raises(InvalidTransitionError):
        proposed(acme)
    with pytest.raises(InvalidTransitionError):
        checked(change, at=at, actor=staff_actor())


def test_withdraw_with_a_stale_revision_is_refused(acme: Partner, at: datetime) -> None:
    change = proposed(acme)

    with pytest.raises(RevisionStaleError):
        withdraw_bank_change(
            actor=vendor_actor(acme),
            at=at,
            vendor_id=acme.public_id,
            change_id=change.public_id,
            precondition=Precondition(tags=frozenset({f'"{change.public_id}.7"'})),
        )


def test_every_step_is_one_event_in_which_no_number_stands(acme: Partner, at: datetime) -> None:
    change = verified(acme, at=at)
    withdrawn(acme, change, at=at)
    refuse_bank_change(actor=staff_actor(), at=at, change=proposed(acme), reason="No.")

    events = list(Event.objects.filter(action__startswith="vendor.bank_account").order_by("pk"))
    assert [event.action for event in events] == [
        "vendor.bank_account.change_proposed",
        "vendor.bank_account.verified",
        "vendor.bank_account.change_withdrawn",
        "vendor.bank_account.change_proposed",
        "vendor.bank_account.rejected",
    ]
    assert {event.subject_id for event in events} == {acme.public_id}
    assert events[0].session_id == change.proposed_session_id
    said = " ".join(f"{event.data} {event.private} {event.subject_label}" for event in events)
    assert "3000" not in said.replace(change.public_id, "")


def test_numbers_are_encrypted_at_rest(acme: Partner, at: datetime) -> None:
    verified(acme, at=at)

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(a)::text FROM partners_partnerbankaccount a")
        (account_row,) = cursor.fetchone()
        cursor.execute("SELECT row_to_json(c)::text FROM partners_bankaccountchange c")
        (change_row,) = cursor.fetchone()

    for row in (account_row, change_row):
        assert IBAN not in row
        assert IBAN[4:18] not in row
        assert '"number":"v1.' in row
    assert PartnerBankAccount.objects.get().number == IBAN


def test_a_change_counts_the_partners_revision(acme: Partner, at: datetime) -> None:
    before = Partner.objects.get(pk=acme.pk).revision

    verified(acme, at=at)

    assert Partner.objects.get(pk=acme.pk).revision == before + 2


def outcome(act: Any) -> Any:
    def run() -> str:
        try:
            return str(act().state)
        except DomainError as error:
            return error.code

    return run


@pytest.mark.django_db(transaction=True)
def test_of_two_verifiers_at_once_one_makes_the_account(at: datetime) -> None:
    change = proposed(partner("Acme"))
    staff = [staff_actor("one@buyer.example"), staff_actor("two@buyer.example")]

    results = at_once(
        *(outcome(lambda who=who: checked(change, at=at, actor=who)) for who in staff)
    )

    assert sorted(results) == ["invalid-transition", "verified"]
    assert PartnerBankAccount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_verifying_and_withdrawing_at_once_leaves_nothing_that_counts(at: datetime) -> None:
    acme, who = partner("Acme"), staff_actor()
    change = proposed(acme)

    results = at_once(
        outcome(lambda: checked(change, at=at, actor=who)),
        outcome(lambda: withdrawn(acme, change, at=at)),
    )

    assert results[1] == "withdrawn"  # Before the verification or after it.
    assert results[0] in {"verified", "invalid-transition"}
    assert {status for _, status in statuses(acme, at + timedelta(days=365))} <= {"retired"}


@pytest.mark.django_db(transaction=True)
def test_of_two_proposals_for_one_account_at_once_one_stays(at: datetime) -> None:
    acme = partner("Acme")
    held = account(acme, at=at)
    retire: dict[str, Any] = {
        "kind": "retire", "account_id": held.public_id, "details": details_of_none(),
    }  # fmt: skip

    results = at_once(
        *[outcome(lambda: proposed(acme, at=at + timedelta(days=3), **retire)) for _ in range(4)]
    )

    assert sorted(results) == ["conflict", "conflict", "conflict", "proposed"]


def test_a_person_at_the_vendor_is_named_as_the_proposer(acme: Partner) -> None:
    ann = person("ann@acme.example")
    actor = vendor_actor(acme)
    by_ann = proposed(acme, actor=type(actor)(**{**vars(actor), "user_id": ann.pk}))

    assert by_ann.proposed_by_id == ann.pk
