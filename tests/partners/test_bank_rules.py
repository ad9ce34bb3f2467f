"""What of a bank account may be written, in which form it is kept, and who sees it in the admin."""

from datetime import datetime

import pytest

from apps.audit.models import Event
from apps.core.errors import ValidationFailedError
from apps.gateway.errors import ClaimNotPermittedError
from apps.identity.models import StaffRole
from apps.partners.models import BankAccountChange, ClaimRule, Role
from apps.partners.policy.banking import is_iban
from apps.partners.services.bank_checks import refuse_bank_change, verify_bank_change
from tests.factories.identity import staff_browser
from tests.factories.partners import IBAN, NOTE, details, proposed, staff_actor, verified
from tests.factories.scene import page_of
from tests.factories.world import World, partner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]

HIDING_HOLDER = ["number", "bic", "bank_code", "country", "currency"]


def hide_holder(role: str) -> None:
    ClaimRule.objects.filter(role=role, group="banking").update(fields=HIDING_HOLDER)


def test_a_role_that_does_not_see_the_holder_does_not_write_it() -> None:
    acme = partner("Acme")
    hide_holder(Role.ADMIN)

    with pytest.raises(ClaimNotPermittedError) as refused:
        proposed(acme)

    assert [fault.pointer for fault in refused.value.errors] == ["/holder"]
    assert not BankAccountChange.objects.exists()


@pytest.mark.parametrize(
    "typed",
    ("DE89-3704-0044-0532-0130-00", "de89.3704.0044.0532.0130.00", " DE89 3704 00440532013000"),
)
def test_an_iban_is_kept_without_what_separates_its_parts(typed: str) -> None:
    change = verified(partner("Acme"), details=details(iban=typed))

    assert (change.number, change.made and change.made.number) == (IBAN, IBAN)


def test_digits_of_another_script_make_no_iban() -> None:
    assert is_iban(IBAN)
    assert not is_iban(IBAN.replace("3", "\uff13"))


@pytest.mark.parametrize(
    "text", (IBAN, f"To {IBAN.lower()}, please", "de89 3704-0044 0532 0130 00.")
)
def test_a_text_with_an_account_number_is_refused_without_repeating_it(
    text: str, at: datetime
) -> None:
    acme, staff = partner("Acme"), staff_actor()
    change = proposed(acme)

    with pytest.raises(ValidationFailedError) as of_proposal:
        proposed(acme, reason=text)
    with pytest.raises(ValidationFailedError) as of_refusal:
        refuse_bank_change(actor=staff, at=at, change=change, reason=text)
    with pytest.raises(ValidationFailedError) as of_check:
        verify_bank_change(actor=staff, at=at, change=change, check_note=text, number=IBAN)

    refusals = [found.value for found in (of_proposal, of_refusal, of_check)]
    assert [error.errors[0].pointer for error in refusals] == ["/reason", "/reason", "/check_note"]
    assert text not in repr([error.errors for error in refusals])


def test_an_ordinary_reason_with_letters_and_digits_is_taken() -> None:
    reason = "Letter DE24 of 2026-11-20: our bank AB12 closes its branch in Oslo 0150."

    assert proposed(partner("Acme"), reason=reason).reason == reason


def pages(change: BankAccountChange) -> list[str]:
    return [
        page_of(BankAccountChange, "changelist"),
        page_of(BankAccountChange, "change", change.pk),
        page_of(BankAccountChange, "verify", change.pk),
    ]


def test_staff_whose_role_does_not_see_banking_open_no_page_of_a_change(world: World) -> None:
    change, browser = proposed(world.acme), staff_browser(StaffRole.ADMINISTRATOR)
    hide_holder(Role.APPROVER_ADMIN)

    assert [browser.get(page).status_code for page in pages(change)] == [403, 403, 403]
    assert not Event.objects.filter(action="partner.restricted_read").exists()


def test_every_page_of_a_change_is_a_restricted_read(world: World) -> None:
    change, browser = proposed(world.acme), staff_browser(StaffRole.ADMINISTRATOR)

    assert [browser.get(page).status_code for page in pages(change)] == [200, 200, 200]

    events = Event.objects.filter(action="partner.restricted_read")
    assert [event.subject_id for event in events] == [world.acme.public_id] * 3
    assert NOTE not in str([event.data for event in events])
