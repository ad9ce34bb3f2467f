"""Registering a client that a trusted issuer speaks for, changing it, and its pages for staff."""

from typing import Any

import pytest
from django.db import IntegrityError

from apps.audit.models import Event
from apps.core.errors import ValidationFailedError
from apps.oauth.models import Client, TrustedIssuer
from apps.oauth.models.clients import AuthMethod, GrantType, Profile
from apps.oauth.services import change_client
from apps.oauth.services.issuers import deactivate_issuer
from tests.factories.client_keys import jwks, public_jwk
from tests.factories.consents import standing
from tests.factories.identity import staff_browser
from tests.factories.issuers import ISSUER, ORDERS, trusted
from tests.factories.oauth import machine
from tests.factories.scene import page_of
from tests.factories.workloads import SUBJECT, ask, word, workload
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
ADD = "/admin/oauth/client/add/"


@pytest.fixture
def issuer(world: World) -> TrustedIssuer:
    return trusted(partner=world.acme)


def faults(error: pytest.ExceptionInfo[ValidationFailedError]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in error.value.errors]


# --- The rules ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({"client_assertion_subject": ""}, ("/client_assertion_subject", "not-allowed")),
        ({"client_assertion_subject": "s" * 256}, ("/client_assertion_subject", "not-allowed")),
        ({"client_assertion_subject": "a\nb"}, ("/client_assertion_subject", "not-allowed")),
        ({"client_assertion_subject": "\u212a"}, ("/client_assertion_subject", "not-allowed")),
        ({"client_jwks": jwks()}, ("/client_jwks", "keys-mismatch")),
        ({"client_jwks_uri": "https://a.example/jwks"}, ("/client_jwks", "keys-mismatch")),
        ({"did": "did:web:a.example"}, ("/client_jwks", "keys-mismatch")),
        ({"profile": Profile.FAPI}, ("/client_assertion_issuer", "profile-mismatch")),
    ),
)
def test_what_is_not_taken(
    world: World, issuer: TrustedIssuer, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        workload(issuer, partner=world.acme, **changes)

    assert faults(refused) == [expected]


@pytest.mark.parametrize("keys", ({}, {"client_jwks": jwks()}))
def test_a_subject_alone_says_nothing(world: World, keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        workload(None, partner=world.acme, **keys)

    pointer = "/client_assertion_issuer" if keys else "/client_jwks"
    assert [where for where, _ in faults(refused)] == [pointer]


@pytest.mark.parametrize("whose", ("acme", None))
def test_another_sides_issuer_is_not_taken(world: World, whose: str | None) -> None:
    issuer = trusted(partner=world.globex)

    with pytest.raises(ValidationFailedError) as refused:
        workload(issuer, partner=getattr(world, whose) if whose else None)

    assert faults(refused) == [("/client_assertion_issuer", "partner-mismatch")]


def test_the_buyers_own_issuer_speaks_for_no_partners_client(world: World) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        workload(trusted(partner=None), partner=world.acme)

    assert faults(refused) == [("/client_assertion_issuer", "partner-mismatch")]


def test_an_inactive_issuer_is_not_taken(world: World, issuer: TrustedIssuer, at: Any) -> None:
    deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="leaked")
    issuer.refresh_from_db()

    with pytest.raises(ValidationFailedError) as refused:
        workload(issuer, partner=world.acme)

    assert faults(refused) == [("/client_assertion_issuer", "issuer-not-active")]


def test_an_issuer_is_for_private_key_jwt_alone(world: World, issuer: TrustedIssuer) -> None:
    client = machine(partner=world.acme, scopes=[ORDERS]).client
    named = {"client_assertion_issuer": issuer, "client_assertion_subject": SUBJECT}

    with pytest.raises(ValidationFailedError) as refused:
        change_client(actor=SETUP, at=client.created, client=client, **named)

    assert faults(refused) == [("/client_jwks", "keys-mismatch")]


def test_the_database_keeps_issuer_and_subject_together(
    world: World, issuer: TrustedIssuer
) -> None:
    client = workload(issuer, partner=world.acme).client

    with pytest.raises(IntegrityError):
        Client.objects.filter(pk=client.pk).update(client_assertion_subject="")


def test_the_trail_tells_the_issuer_and_the_subject(world: World, issuer: TrustedIssuer) -> None:
    client = workload(issuer, partner=world.acme).client

    data = Event.objects.get(action="client.created").data
    assert (data["client_assertion_issuer"], data["client_assertion_subject"]) == (
        issuer.public_id,
        SUBJECT,
    )
    assert (client.client_secret, client.client_jwks) == ("", None)


# --- Changing it ----------------------------------------------------------------------------------
def test_a_client_turns_to_a_key_of_its_own_and_back(
    world: World, issuer: TrustedIssuer, at: Any
) -> None:
    client = workload(issuer, partner=world.acme).client

    keyed = change_client(actor=SETUP, at=at, client=client, client_jwks=jwks())
    own = (keyed.client_assertion_issuer, keyed.client_assertion_subject)
    refused = ask(client, word()).status_code
    named = {"client_assertion_issuer": issuer, "client_assertion_subject": SUBJECT}
    back = change_client(actor=SETUP, at=at, client=client, **named)

    assert (own, refused) == ((None, ""), 401)
    assert (back.client_jwks, back.client_assertion_issuer) == (None, issuer)
    assert ask(client, word()).status_code == 200


def test_another_issuer_asks_for_the_name_it_uses(
    world: World, issuer: TrustedIssuer, at: Any
) -> None:
    client = workload(issuer, partner=world.acme).client
    other = trusted(partner=world.acme, issuer="https://other.example")

    with pytest.raises(ValidationFailedError) as refused:
        change_client(actor=SETUP, at=at, client=client, client_assertion_issuer=other)

    assert faults(refused) == [("/client_assertion_subject", "not-allowed")]


def test_what_else_may_be_changed_while_the_issuer_is_not_believed(
    world: World, issuer: TrustedIssuer, at: Any
) -> None:
    client = workload(issuer, partner=world.acme).client
    deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="leaked")
    as_it_is = {"client_assertion_issuer": issuer, "client_assertion_subject": SUBJECT}

    changed = change_client(
        actor=SETUP, at=at, client=client, networks=["192.0.2.0/24"], **as_it_is
    )

    assert changed.networks == ["192.0.2.0/24"]


@pytest.mark.parametrize(
    ("changes", "ended"),
    (
        ({"client_assertion_subject": "another"}, True),
        ({"client_jwks": jwks(public_jwk())}, True),
        ({"did": "did:web:acme.example"}, True),
        ({"networks": ["192.0.2.0/24"]}, False),
    ),
)
def test_consents_end_with_whoever_else_may_be_the_client(
    world: World, issuer: TrustedIssuer, at: Any, changes: Any, *, ended: bool
) -> None:
    client = workload(issuer, partner=world.acme, grants=[GrantType.AUTHORIZATION_CODE]).client
    kept = standing(world.bo, client)

    change_client(actor=SETUP, at=at, client=client, **changes)

    kept.refresh_from_db()
    assert (kept.revoked_at is not None) == ended


# --- Staff's pages --------------------------------------------------------------------------------
def form_for(world: World, issuer: TrustedIssuer, **changes: Any) -> dict[str, Any]:
    return {
        "once": "a-form",
        "name": "Acme orders",
        "partner": str(world.acme.pk),
        "grant_types": ["client_credentials"],
        "auth_method": AuthMethod.PRIVATE_KEY_JWT.value,
        "bundle": "chosen",
        "scopes": [ORDERS],
        "reasons": "It reads its orders.",
        "client_assertion_issuer": str(issuer.pk),
        "client_assertion_subject": SUBJECT,
        **changes,
    }


def test_staff_register_one_and_see_how_it_begins(world: World, issuer: TrustedIssuer) -> None:
    answer = staff_browser().post(ADD, form_for(world, issuer))

    client, page = Client.objects.get(), answer.content.decode()
    assert (client.client_assertion_issuer, client.client_assertion_subject) == (issuer, SUBJECT)
    assert "what Acme&#x27;s sign-in signs for it" in page
    (snippet,) = answer.context["snippets"]
    assert f"-d client_id='{client.client_id}' \\\n" in snippet["text"]
    assert '-d client_assertion="$(cat assertion.jwt)" \\\n' in snippet["text"]


@pytest.mark.parametrize(
    ("changes", "field"),
    (
        ({"client_assertion_subject": ""}, "client_assertion_subject"),
        ({"client_assertion_subject": "a\x07b"}, "client_assertion_subject"),
        ({"client_assertion_issuer": "x"}, "client_assertion_issuer"),
        ({"client_jwks_uri": "https://a.example/jwks"}, "client_jwks"),
        ({"profile": "fapi"}, "client_assertion_issuer"),
        ({"auth_method": "client_secret_basic"}, "client_jwks"),
    ),
)
def test_a_fault_is_shown_at_its_field(
    world: World, issuer: TrustedIssuer, changes: dict[str, Any], field: str
) -> None:
    answer = staff_browser().post(ADD, form_for(world, issuer, **changes))

    form = answer.context["form"]
    assert (set(form.errors), Client.objects.count()) == ({field}, 0)
    shut = [one.name for fold in form.folds() if not fold.is_open for one in fold.fields]
    assert field not in shut


def test_another_partners_issuer_is_named_in_the_fault(world: World) -> None:
    other = trusted(partner=world.globex, name="Globex sign-in")

    answer = staff_browser().post(ADD, form_for(world, other))

    errors = answer.context["form"].errors["client_assertion_issuer"]
    assert errors == ["Globex sign-in is not an issuer of Acme."]


def test_the_change_form_sent_as_it_stands_changes_nothing(
    world: World, issuer: TrustedIssuer
) -> None:
    client, browser = workload(issuer, partner=world.acme).client, staff_browser()
    edit = page_of(Client, "edit", client.pk)
    form = browser.get(edit).context["form"]
    values = {field.name: field.value() for field in form.visible_fields()}

    answer = browser.post(edit, {"once": "o", **{n: v for n, v in values.items() if v is not None}})

    assert answer.status_code == 302
    assert not Event.objects.filter(action="client.changed").exists()


def test_both_pages_name_each_other(world: World, issuer: TrustedIssuer) -> None:
    client, browser = workload(issuer, partner=world.acme).client, staff_browser()
    ask(client, word())

    of_client = browser.get(page_of(Client, "change", client.pk)).content.decode()
    of_issuer = browser.get(page_of(TrustedIssuer, "change", issuer.pk)).content.decode()
    warning = browser.get(page_of(TrustedIssuer, "deactivate", issuer.pk)).context["explanation"]
    listed = browser.get(
        page_of(Client, "changelist"), {"client_assertion_issuer__id__exact": str(issuer.pk)}
    )

    there = page_of(TrustedIssuer, "change", issuer.pk)
    assert (SUBJECT in of_client, there in of_client) == (True, True)
    assert (client.client_id in of_issuer, ISSUER in of_issuer) == (True, True)
    assert "1 live session" in warning[0]
    assert client.client_id in listed.content.decode()
