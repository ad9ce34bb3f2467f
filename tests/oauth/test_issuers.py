"""Trusted issuers: who takes one up, what is not taken, what the trail says of it."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor, ActorKind
from apps.core.errors import ForbiddenError, InvalidTransitionError, ValidationFailedError
from apps.identity.models import StaffRole
from apps.oauth.models import TrustedIssuer
from apps.oauth.policy.issuers import IssuerTerms, issuer_faults, key_faults, keys_address_in
from apps.oauth.services.issuers import (
    add_issuer,
    change_issuer,
    deactivate_issuer,
    reactivate_issuer,
)
from apps.partners.models import Role
from tests.factories.client_keys import jwks, private_jwk, public_jwk
from tests.factories.identity import staff_browser
from tests.factories.issuers import AUDIENCE, ISSUER, trusted
from tests.factories.scene import page_of
from tests.factories.web import Site, serving
from tests.factories.world import SETUP, World

HERE = "https://buyer.example"


def terms(**changes: Any) -> IssuerTerms:
    good = {"name": "Acme's", "issuer": ISSUER, "audiences": [AUDIENCE], "jwks": jwks()}
    return IssuerTerms(**{**good, **changes})


def staff_actor(role: str) -> Actor:
    return Actor(kind=ActorKind.STAFF, id="usr_1", label="somebody", role=role)


# --- The rules, each by itself --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({"name": " "}, ("/name", "required")),
        ({"name": "n" * 256}, ("/name", "too-long")),
        ({"issuer": "http://login.acme.example"}, ("/issuer", "uri-not-allowed")),
        ({"issuer": "https://login.acme.example?x=1"}, ("/issuer", "uri-not-allowed")),
        ({"issuer": "https://login.acme.example#x"}, ("/issuer", "uri-not-allowed")),
        ({"issuer": "https://me@login.acme.example"}, ("/issuer", "uri-not-allowed")),
        ({"issuer": "https://" + "l" * 500}, ("/issuer", "uri-not-allowed")),
        ({"issuer": "https://[x"}, ("/issuer", "uri-not-allowed")),
        ({"issuer": "login"}, ("/issuer", "uri-not-allowed")),
        ({"issuer": HERE}, ("/issuer", "own-issuer")),
        ({"issuer": f"{HERE}/"}, ("/issuer", "own-issuer")),
        ({"issuer": "https://BUYER.example:443/x"}, ("/issuer", "own-issuer")),
        ({"audiences": []}, ("/audiences", "required")),
        ({"audiences": ["a"] * 21}, ("/audiences", "required")),
        ({"audiences": ["a", ""]}, ("/audiences/1", "not-allowed")),
        ({"audiences": ["a b"]}, ("/audiences/0", "not-allowed")),
        ({"audiences": ["\u212a"]}, ("/audiences/0", "not-allowed")),
        ({"subject_claim": ""}, ("/subject_claim", "not-allowed")),
        ({"subject_claim": "e mail"}, ("/subject_claim", "not-allowed")),
    ),
)
def test_terms_that_are_not_taken(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    faults = issuer_faults(terms(**changes))

    assert [(fault.pointer, fault.code) for fault in faults] == [expected]


@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({"jwks": None}, ("/jwks", "keys-mismatch")),
        ({"jwks_uri": "https://a.example/jwks"}, ("/jwks", "keys-mismatch")),
        ({"jwks": {}}, ("/jwks", "not-a-jwk-set")),
        ({"jwks": jwks(private_jwk())}, ("/jwks/keys/0", "key-not-allowed")),
        ({"jwks": None, "jwks_uri": "http://a.example/"}, ("/jwks_uri", "uri-not-allowed")),
        ({"jwks": None, "jwks_uri": "file:///etc/passwd"}, ("/jwks_uri", "uri-not-allowed")),
    ),
)
def test_keys_that_are_not_taken(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    faults = key_faults(terms(**changes))

    assert [(fault.pointer, fault.code) for fault in faults] == [expected]


def test_good_terms_have_no_faults() -> None:
    published = terms(jwks=None, jwks_uri="https://a.example/jwks")

    assert issuer_faults(terms()) == key_faults(terms()) == key_faults(published) == []
    assert issuer_faults(terms(issuer="https://buyer.example:8443")) == []


@pytest.mark.parametrize(
    "metadata",
    (
        None,
        [],
        {"jwks_uri": "https://a.example/jwks"},
        {"issuer": f"{ISSUER}/", "jwks_uri": "https://a.example/jwks"},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "jwks_uri": ["https://a.example/jwks"]},
        {"issuer": ISSUER, "jwks_uri": "http://a.example/jwks"},
    ),
)
def test_metadata_that_is_no_use(metadata: object) -> None:
    with pytest.raises(ValueError, match="Its metadata names"):
        keys_address_in(metadata, issuer=ISSUER)


# --- Taking one up --------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ("", Role.VIEWER, Role.EDITOR))
def test_nobody_but_an_administrator_does_any_of_it(world: World, role: str, at: datetime) -> None:
    issuer, actor = trusted(partner=world.acme), staff_actor(role)
    caller = Actor(kind=ActorKind.USER, id="usr_2", label="bo", role=Role.APPROVER_ADMIN)

    for one in (actor, caller):
        with pytest.raises(ForbiddenError):
            add_issuer(actor=one, at=at, terms=terms(issuer="https://x.example"), partner=None)
        with pytest.raises(ForbiddenError):
            change_issuer(actor=one, at=at, issuer=issuer, name="Mine")
        with pytest.raises(ForbiddenError):
            deactivate_issuer(actor=one, at=at, issuer=issuer, reason="x")
        with pytest.raises(ForbiddenError):
            reactivate_issuer(actor=one, at=at, issuer=issuer, reason="x")


@pytest.mark.django_db
def test_an_administrator_takes_one_up(world: World, at: datetime) -> None:
    issuer = add_issuer(
        actor=staff_actor(Role.APPROVER_ADMIN), at=at, terms=terms(), partner=world.acme
    )

    event = Event.objects.get(action=Action.ISSUER_CREATED)
    assert (issuer.partner, issuer.is_active) == (world.acme, True)
    assert event.subject_id == issuer.public_id
    assert event.data == {
        "issuer": ISSUER,
        "partner": world.acme.public_id,
        "name": "Acme's",
        "audiences": [AUDIENCE],
        "presenters": [],
        "subject_claim": "email",
        "jwks_uri": "",
        "jwks": [public_jwk()["kid"]],
    }


@pytest.mark.django_db
def test_an_issuer_is_taken_up_once(world: World, at: datetime) -> None:
    trusted(partner=world.acme)

    with pytest.raises(ValidationFailedError) as error:
        add_issuer(actor=SETUP, at=at, terms=terms(), partner=world.globex)

    assert [fault.code for fault in error.value.errors] == ["taken"]
    assert TrustedIssuer.objects.count() == 1


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as started:
        yield started


def discovered(site: Site, at: datetime, **changes: Any) -> TrustedIssuer:
    issuer = site.url("")
    metadata = {"issuer": issuer, "jwks_uri": site.url("/keys"), **changes}
    site.body = json.dumps(metadata).encode()
    wanted = terms(issuer=issuer, jwks=None)
    return add_issuer(actor=SETUP, at=at, terms=wanted, partner=None)


@pytest.mark.django_db
def test_an_issuer_tells_where_its_keys_are(site: Site, at: datetime) -> None:
    issuer = discovered(site, at)

    assert issuer.jwks_uri == site.url("/keys")
    assert [path for path, _ in site.asked] == ["/.well-known/openid-configuration"]


@pytest.mark.django_db
def test_another_issuers_metadata_is_not_believed(site: Site, at: datetime) -> None:
    with pytest.raises(ValidationFailedError) as error:
        discovered(site, at, issuer="https://other.example")

    assert [fault.code for fault in error.value.errors] == ["not-discovered"]


@pytest.mark.django_db
def test_an_issuer_inside_is_not_called(site: Site, at: datetime, settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = False
    inside = f"https://127.0.0.1:{site.address[1]}"

    with pytest.raises(ValidationFailedError) as error:
        add_issuer(actor=SETUP, at=at, terms=terms(issuer=inside, jwks=None), partner=None)

    assert [fault.code for fault in error.value.errors] == ["not-discovered"]
    assert site.asked == []


@pytest.mark.django_db
def test_an_address_that_is_at_fault_is_not_called(site: Site, at: datetime) -> None:
    with pytest.raises(ValidationFailedError):
        add_issuer(actor=SETUP, at=at, terms=terms(issuer=site.url("?x"), jwks=None), partner=None)

    assert site.asked == []


# --- Changing one ---------------------------------------------------------------------------------
def test_what_is_changed_is_told_with_what_was_before(world: World, at: datetime) -> None:
    issuer = trusted(partner=world.acme)

    changed = change_issuer(
        actor=SETUP, at=at, issuer=issuer, name=" SSO ", jwks_uri="https://a.example/jwks"
    )

    event = Event.objects.get(action=Action.ISSUER_CHANGED)
    assert (changed.name, changed.jwks_uri, changed.jwks) == ("SSO", "https://a.example/jwks", None)
    assert event.data["after"] == {"name": "SSO", "jwks_uri": "https://a.example/jwks", "jwks": []}
    assert sorted(event.data["before"]) == ["jwks", "jwks_uri", "name"]


def test_keys_given_take_the_place_of_their_address(world: World, at: datetime) -> None:
    issuer = trusted(partner=world.acme, jwks_uri="https://a.example/jwks")

    changed = change_issuer(actor=SETUP, at=at, issuer=issuer, jwks=jwks())

    assert (changed.jwks_uri, changed.jwks) == ("", jwks())


def test_changing_nothing_is_no_event(world: World, at: datetime) -> None:
    change_issuer(actor=SETUP, at=at, issuer=trusted(partner=world.acme), audiences=[AUDIENCE])

    assert not Event.objects.filter(action=Action.ISSUER_CHANGED).exists()


def test_a_change_to_what_is_not_taken_changes_nothing(world: World, at: datetime) -> None:
    issuer = trusted(partner=world.acme)

    with pytest.raises(ValidationFailedError):
        change_issuer(actor=SETUP, at=at, issuer=issuer, audiences=[])

    issuer.refresh_from_db()
    assert issuer.audiences == [AUDIENCE]


# --- Believing it no longer -----------------------------------------------------------------------
def test_an_issuer_is_deactivated_once_and_reactivated_once(world: World, at: datetime) -> None:
    issuer = trusted(partner=world.acme)

    with pytest.raises(InvalidTransitionError):
        reactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="x")
    assert deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="leaked") == 0
    with pytest.raises(InvalidTransitionError):
        deactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="again")
    reactivate_issuer(actor=SETUP, at=at, issuer=issuer, reason="mended")

    names = [Action.ISSUER_DEACTIVATED, Action.ISSUER_REACTIVATED]
    events = Event.objects.filter(action__in=names).order_by("id")
    assert [event.data for event in events] == [
        {"reason": "leaked", "sessions_ended": 0},
        {"reason": "mended"},
    ]


def test_a_reason_is_needed(world: World, at: datetime) -> None:
    with pytest.raises(ValidationFailedError):
        deactivate_issuer(actor=SETUP, at=at, issuer=trusted(partner=world.acme), reason=" ")


# --- In the admin ---------------------------------------------------------------------------------
def posted(browser: Any, address: str, **given: Any) -> Any:
    once = browser.get(address).context["form"].fields["once"].initial
    return browser.post(address, {"once": once, **given})


FORM = {
    "name": "Acme's",
    "issuer": ISSUER,
    "audiences": AUDIENCE,
    "subject_claim": "email",
    "jwks_uri": "https://login.acme.example/keys",
}


def test_an_administrator_adds_changes_and_deactivates_one(world: World) -> None:
    browser = staff_browser(StaffRole.ADMINISTRATOR)

    added = posted(browser, page_of(TrustedIssuer, "add"), **FORM, partner=world.acme.pk)
    issuer = TrustedIssuer.objects.get()
    change = page_of(TrustedIssuer, "edit", issuer.pk)
    changed = posted(browser, change, **{**FORM, "audiences": "one\ntwo"})
    off = posted(browser, page_of(TrustedIssuer, "deactivate", issuer.pk), reason="leaked")
    issuer.refresh_from_db()
    shown = (issuer.audiences, issuer.is_active, issuer.partner)
    on = posted(browser, page_of(TrustedIssuer, "reactivate", issuer.pk), reason="mended")
    page = browser.get(page_of(TrustedIssuer, "change", issuer.pk))

    assert [one.status_code for one in (added, changed, off, on)] == [302] * 4
    assert shown == (["one", "two"], False, world.acme)
    assert page.status_code == 200
    assert "https://login.acme.example/keys" in page.content.decode()


def test_a_fault_is_shown_at_its_field(world: World) -> None:
    del world
    browser = staff_browser(StaffRole.ADMINISTRATOR)

    answer = posted(browser, page_of(TrustedIssuer, "add"), **{**FORM, "issuer": HERE})

    assert list(answer.context["form"].errors) == ["issuer"]


def test_an_issuer_with_keys_shows_their_names(world: World) -> None:
    issuer = trusted(partner=None, name="Staff sign-in")

    page = staff_browser().get(page_of(TrustedIssuer, "change", issuer.pk)).content.decode()

    assert ("k1" in page, "The buyer&#x27;s own people" in page) == (True, True)
    assert world.acme.name not in page
