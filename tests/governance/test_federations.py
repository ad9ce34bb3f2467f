"""Setting up a provider upstream, changing it, switching it off: by services and in the admin."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.core.actor import Actor, ActorKind
from apps.core.errors import ForbiddenError, InvalidTransitionError, ValidationFailedError
from apps.governance.services.federation import (
    add_federation,
    change_federation,
    deactivate_federation,
    reactivate_federation,
)
from apps.identity.models import Federation, StaffRole
from apps.identity.policy.discovery import discovery_faults, issuer_of_preset
from apps.oauth.models import TokenSession
from tests.conformance.compliance import conforms
from tests.factories.federation import Upstream, federation, providing
from tests.factories.governance import sessions
from tests.factories.identity import staff_browser
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
RULE = {"claim": "groups", "value": "buyers", "staff_role": "viewer"}
SECRET = "what it knows us by"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with providing() as found:
        yield found


def add(at: datetime, upstream: Upstream, **changes: Any) -> Federation:
    given = {
        "name": "Acme",
        "preset": "generic",
        "issuer": upstream.issuer,
        "client_id": "countersign",
        "client_secret": SECRET,
        "allowed_domains": ["Acme.example", "acme.example"],
        "rules": [RULE],
    }
    return add_federation(**{"actor": SETUP, "at": at, **given, **changes})


def faults_of(refused: pytest.ExceptionInfo[ValidationFailedError]) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in refused.value.errors}


def test_one_is_added_when_its_discovery_is_good(at: datetime, upstream: Upstream) -> None:
    made = add(at, upstream)

    event = Event.objects.get(action="federation.created")
    assert (made.slug, made.allowed_domains, made.is_active) == ("acme", ["acme.example"], True)
    assert event.data["issuer"] == upstream.issuer
    assert SECRET not in json.dumps([event.data, event.private])


@pytest.mark.parametrize(
    ("wrong", "code"),
    (
        ({"issuer": "https://accounts.google.com"}, "issuer-differs"),
        ({"issuer": None}, "issuer-differs"),
        ({"authorization_endpoint": None}, "endpoint-missing"),
        ({"token_endpoint": "ftp://acme.example/token"}, "endpoint-refused"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "endpoint-refused"),
        ({"jwks_uri": "http://user@acme.example/"}, "endpoint-refused"),
        ({"response_types_supported": ["id_token"]}, "no-code"),
        ({"code_challenge_methods_supported": ["plain"]}, "no-pkce"),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "no-secret"),
    ),
)
@conforms("ASVS 5 V10", "10.5.3", "A provider whose metadata names another issuer is refused.")
def test_a_fault_of_the_discovery_is_named(
    at: datetime, upstream: Upstream, wrong: dict[str, Any], code: str
) -> None:
    upstream.discovery = wrong

    with pytest.raises(ValidationFailedError) as refused:
        add(at, upstream)

    assert faults_of(refused) == {("/issuer", code)}
    assert Federation.objects.exists() is False


def test_what_the_discovery_does_not_say_is_no_contradiction(
    at: datetime, upstream: Upstream
) -> None:
    upstream.discovery = {"code_challenge_methods_supported": None}

    assert add(at, upstream).is_active is True


@pytest.mark.parametrize(
    "issuer",
    (
        "https://127.0.0.1/",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://[::1]/",
        "https://localhost",
        "http://example.com",
        "https://user@example.com",
    ),
)
def test_an_issuer_on_our_own_network_is_not_called(
    at: datetime, upstream: Upstream, settings: Any, issuer: str
) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = False

    with pytest.raises(ValidationFailedError) as refused:
        add(at, upstream, issuer=issuer)

    assert ("/issuer", "no-discovery") in faults_of(refused)
    assert upstream.asked == []


def test_an_endpoint_on_our_own_network_is_not_called(upstream: Upstream, settings: Any) -> None:
    """The document may be public and name an address that is not."""
    settings.OUTBOUND_PRIVATE_HOSTS = False
    document = {**upstream.document(), "issuer": "https://acme.example"}

    found = discovery_faults(document, issuer="https://acme.example")

    assert {fault.code for fault in found} == {"endpoint-refused"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    (
        ({"allowed_domains": []}, "/allowed_domains"),
        ({"allowed_domains": ["acme example"]}, "/allowed_domains"),
        ({"allowed_domains": ["*"]}, "/allowed_domains"),
        ({"allowed_domains": ["@acme.example"]}, "/allowed_domains"),
        ({"rules": []}, "/rules"),
        ({"rules": [{"claim": "groups", "value": "x"}]}, "/rules"),
        ({"rules": [{**RULE, "staff_role": "emperor"}]}, "/rules"),
        ({"rules": [{**RULE, "partner": "ptr_x", "role": "manager"}]}, "/rules"),
        (
            {"rules": [{"claim": "a", "value": "b", "partner": "ptr_x", "role": "manager"}]},
            "/rules",
        ),
        ({"name": ""}, "/name"),
        ({"client_id": ""}, "/client_id"),
        ({"issuer": "nonsense"}, "/issuer"),
    ),
)
def test_what_was_filled_in_wrongly_is_named(
    at: datetime, upstream: Upstream, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        add(at, upstream, **changes)

    assert pointer in {place for place, _code in faults_of(refused)}


def test_a_role_the_partner_does_not_have_is_named(
    at: datetime, upstream: Upstream, world: World
) -> None:
    rule = {"claim": "a", "value": "b", "partner": world.acme.public_id, "role": "editor"}

    with pytest.raises(ValidationFailedError) as refused:
        add(at, upstream, rules=[rule])

    assert faults_of(refused) == {("/rules", "invalid")}


@pytest.mark.parametrize(
    ("preset", "given", "issuer"),
    (
        ("google", "", "https://accounts.google.com"),
        ("google", "https://evil.example", "https://accounts.google.com"),
        ("microsoft", "a-tenant", "https://login.microsoftonline.com/a-tenant/v2.0"),
    ),
)
def test_a_preset_knows_its_issuer(preset: str, given: str, issuer: str) -> None:
    assert issuer_of_preset(preset, given) == issuer


def test_changing_keeps_issuer_and_secret(at: datetime, upstream: Upstream) -> None:
    made = add(at, upstream)

    change_federation(
        actor=SETUP,
        at=at,
        federation=made,
        name="Acme people",
        client_id="other",
        client_secret="",
        allowed_domains=["acme.example"],
        rules=[RULE],
    )

    stored = Federation.objects.get()
    assert (stored.name, stored.slug, stored.client_id) == ("Acme people", "acme", "other")
    assert (stored.issuer, stored.client_secret) == (upstream.issuer, SECRET)
    assert Event.objects.get(action="federation.changed").data["secret_changed"] is False


def test_switching_off_ends_its_sessions_and_no_others(at: datetime, world: World) -> None:
    acme, globex = federation(), federation("Globex")
    mine, theirs = sessions(1, user=world.bo)[0], sessions(1, user=world.cy)[0]
    TokenSession.objects.filter(pk=mine.pk).update(federation=acme)
    TokenSession.objects.filter(pk=theirs.pk).update(federation=globex)

    counts = deactivate_federation(actor=SETUP, at=at, federation=acme, reason="they left")

    mine.refresh_from_db()
    theirs.refresh_from_db()
    event = Event.objects.get(action="federation.deactivated")
    assert counts["sessions"] == event.data["counts"]["sessions"] == 1
    assert (mine.end_reason, theirs.ended_at) == (
        "provider upstream deactivated: they left",
        None,
    )


def test_switching_goes_there_and_back_once_each(at: datetime) -> None:
    acme = federation()

    with pytest.raises(InvalidTransitionError):
        reactivate_federation(actor=SETUP, at=at, federation=acme, reason="why")
    deactivate_federation(actor=SETUP, at=at, federation=acme, reason="why")
    with pytest.raises(InvalidTransitionError):
        deactivate_federation(actor=SETUP, at=at, federation=acme, reason="why")
    reactivate_federation(actor=SETUP, at=at, federation=acme, reason="why")

    assert (acme.is_active, acme.not_before is not None) == (True, True)


def test_switching_off_needs_a_reason(at: datetime) -> None:
    with pytest.raises(ValidationFailedError):
        deactivate_federation(actor=SETUP, at=at, federation=federation(), reason=" ")


# --- The admin ------------------------------------------------------------------------------------
def page(federation: Federation, act: str) -> str:
    return reverse(f"admin:identity_federation_{act}", args=[federation.pk])


def form(**changes: str) -> dict[str, str]:
    return {
        "once": "a",
        "name": "Acme",
        "preset": "generic",
        "client_id": "countersign",
        "client_secret": SECRET,
        "allowed_domains": "acme.example",
        "rules": "groups = buyers of paper -> staff viewer",
        **changes,
    }


def test_an_administrator_adds_one(upstream: Upstream, world: World) -> None:
    lines = f"groups = buyers -> staff viewer\nhd = acme.example -> {world.acme.public_id} manager"
    browser = staff_browser()

    answer = browser.post(
        "/admin/identity/federation/add/", form(issuer=upstream.issuer, rules=lines)
    )

    made = Federation.objects.get()
    shown = browser.get(answer["Location"]).content.decode()
    assert made.rules == [
        {"claim": "groups", "value": "buyers", "staff_role": "viewer"},
        {
            "claim": "hd",
            "value": "acme.example",
            "partner": world.acme.public_id,
            "role": "manager",
        },
    ]
    assert "/account/by/acme/back/" in shown
    assert SECRET not in shown


@pytest.mark.parametrize("line", ("nonsense", "a = b", "a = b -> staff", "-> staff viewer"))
def test_a_line_that_is_no_rule_is_named(upstream: Upstream, line: str) -> None:
    answer = staff_browser().post(
        "/admin/identity/federation/add/", form(issuer=upstream.issuer, rules=line)
    )

    assert b"Rule 1:" in answer.content
    assert Federation.objects.exists() is False


def test_a_fault_of_the_discovery_stands_at_the_issuer(upstream: Upstream) -> None:
    upstream.discovery = {"issuer": "https://evil.example"}

    answer = staff_browser().post("/admin/identity/federation/add/", form(issuer=upstream.issuer))

    assert "which is another issuer" in str(answer.context["form"].errors["issuer"])


def test_the_form_of_a_change_has_the_rules_and_not_the_secret(upstream: Upstream) -> None:
    made = federation(issuer=upstream.issuer, rules=[RULE])
    browser = staff_browser()

    shown = browser.get(page(made, "edit")).content.decode()
    browser.post(page(made, "edit"), form(client_secret="", name="Acme people"))

    made.refresh_from_db()
    assert "groups = buyers -&gt; staff viewer" in shown
    assert made.client_secret not in shown
    assert (made.name, made.rules[0]["value"]) == ("Acme people", "buyers of paper")


def test_it_is_switched_off_and_on_in_the_admin() -> None:
    made, browser = federation(), staff_browser()

    browser.post(page(made, "deactivate"), {"once": "a", "reason": "why"})
    off = Federation.objects.get().is_active
    browser.post(page(made, "reactivate"), {"once": "b", "reason": "why"})

    assert (off, Federation.objects.get().is_active) == (False, True)


@pytest.mark.parametrize("role", [role for role in StaffRole if role != "administrator"])
def test_nobody_else_sees_or_changes_one(role: StaffRole) -> None:
    made, browser = federation(), staff_browser(role)

    answers = {
        browser.post(path, form(reason="why")).status_code
        for path in (
            "/admin/identity/federation/add/",
            *(page(made, act) for act in ("change", "edit", "deactivate", "reactivate")),
        )
    }

    assert answers == {403}


@pytest.mark.parametrize("role", ("", "viewer", "editor"))
def test_nobody_but_an_administrator_says_who_is_believed_about_people(
    at: datetime, upstream: Upstream, role: str
) -> None:
    officer = Actor(kind=ActorKind.STAFF, id="usr_1", label="ola@buyer.example", role=role)
    made = add(at, upstream)
    who: dict[str, Any] = {"actor": officer, "at": at}
    same = {"client_id": "x", "client_secret": "", "allowed_domains": ["x.example"]}
    attempts = (
        lambda: add(at, upstream, actor=officer, name="Other"),
        lambda: change_federation(**who, federation=made, name="x", rules=[RULE], **same),
        lambda: deactivate_federation(**who, federation=made, reason="x"),
        lambda: reactivate_federation(**who, federation=made, reason="x"),
    )

    for attempt in attempts:
        with pytest.raises(ForbiddenError):
            attempt()

    made.refresh_from_db()
    assert (Federation.objects.count(), made.name, made.is_active) == (1, "Acme", True)


def test_this_server_is_no_provider_of_its_own(
    at: datetime, upstream: Upstream, settings: Any
) -> None:
    settings.PUBLIC_URL = upstream.issuer

    with pytest.raises(ValidationFailedError) as refused:
        add(at, upstream)

    assert faults_of(refused) == {("/issuer", "own-issuer")}
    assert upstream.asked == []
