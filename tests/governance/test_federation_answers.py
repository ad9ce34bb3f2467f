"""What of a provider's answers counts, and answers that do not come."""

from collections.abc import Iterator
from functools import partial

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from apps.audit.models import Event
from apps.gateway.client import FetchRefusedError
from apps.governance.services.federation import deactivate_federation, reactivate_federation
from apps.governance.views.federation.judging import address_of
from apps.identity.models import FederatedIdentity, Federation, User
from apps.identity.services.attempts import FEDERATION_OF_PLACE
from apps.oauth.services import discovery
from tests.conformance.compliance import conforms
from tests.factories.factors import app_of, give_code
from tests.factories.federation import Upstream, federation, providing, set_out, sign_in_by
from tests.factories.threads import at_once
from tests.factories.world import SETUP

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with providing() as found:
        yield found


def emails() -> list[str]:
    return list(User.objects.values_list("email", flat=True))


@conforms("OIDC Core", "5.7", "An address is proven by the source that tells it, not by another.")
def test_an_address_of_the_id_token_is_not_proven_by_userinfo(upstream: Upstream) -> None:
    federation(issuer=upstream.issuer)
    upstream.id_token = {"email": "ceo@acme.example"}

    answer = sign_in_by(Browser(), upstream)

    assert (answer.status_code, emails()) == (403, [])


def test_what_is_said_of_an_address_comes_from_where_the_address_does() -> None:
    proven = {"email": "a@acme.example", "email_verified": True, "hd": "acme.example"}

    assert address_of({"email": "b@acme.example"}, proven) == {"email": "b@acme.example"}
    assert address_of({"sub": "1", "email_verified": True}, {"email": "b@acme.example"}) == {
        "email": "b@acme.example"
    }
    assert address_of(proven, {"xms_edov": True}) == proven


@conforms("OIDC Discovery", "4.3", "An issuer may end in a slash, and is then that issuer.")
def test_an_issuer_that_ends_in_a_slash_lets_people_in(upstream: Upstream) -> None:
    upstream.discovery = {"issuer": f"{upstream.issuer}/"}
    upstream.id_token = {"iss": f"{upstream.issuer}/"}
    federation(issuer=f"{upstream.issuer}/")

    answer = sign_in_by(Browser(), upstream)

    assert (answer["Location"], emails()) == ("/account/", ["ada@acme.example"])


def test_an_issuer_without_the_slash_is_another(upstream: Upstream) -> None:
    upstream.discovery = {"issuer": f"{upstream.issuer}/"}
    federation(issuer=upstream.issuer)

    assert Browser().post("/account/by/acme/").status_code == 502


def test_a_provider_that_is_away_is_not_asked_at_every_press(upstream: Upstream) -> None:
    federation(issuer=upstream.issuer)
    upstream.discovery = {"issuer": "https://other.example"}

    answers = [Browser().post("/account/by/acme/").status_code for _ in range(3)]

    assert answers == [502] * 3
    assert upstream.asked == ["/.well-known/openid-configuration"]


def test_a_refusal_is_remembered_for_half_a_minute(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[object] = []
    monkeypatch.setattr(cache, "set", lambda *given: kept.append(given[2]))
    upstream.discovery = {"issuer": "https://other.example"}

    with pytest.raises(FetchRefusedError):
        discovery.discovery_of(upstream.issuer)

    assert kept == [30]


def test_a_second_step_begun_before_the_provider_was_switched_off_is_over(
    upstream: Upstream,
) -> None:
    """Switched off and on while somebody's second step waited."""
    acme = federation(issuer=upstream.issuer)
    sign_in_by(Browser(), upstream)
    app, browser = app_of(User.objects.get()), Browser()
    sign_in_by(browser, upstream)
    at = acme.created_at
    deactivate_federation(actor=SETUP, at=at, federation=acme, reason="left")
    reactivate_federation(actor=SETUP, at=at, federation=acme, reason="came back")

    answer = give_code(browser, app.code())

    assert answer["Location"] == "/account/login/"
    assert browser.get("/account/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_first_sign_ins_at_once_make_one_person_and_let_all_in() -> None:
    with providing() as upstream:
        federation(issuer=upstream.issuer)
        browsers = [Browser() for _ in range(4)]
        backs = [upstream.agree(set_out(one)).partition("/account")[2] for one in browsers]
        tries = zip(browsers, backs, strict=True)

        answers = at_once(*(partial(one.get, f"/account{back}") for one, back in tries))

    assert [one.status_code for one in answers] == [302] * 4
    assert (emails(), FederatedIdentity.objects.count()) == (["ada@acme.example"], 1)
    assert Federation.objects.count() == 1


@conforms("RFC 7517", "4.4", "A key of a provider need not say its algorithm.")
def test_a_key_that_says_nothing_of_its_algorithm_signs_by_its_curve(upstream: Upstream) -> None:
    federation(issuer=upstream.issuer)
    upstream.key_members = {}

    answer = sign_in_by(Browser(), upstream)

    assert (answer.status_code, emails()) == (302, ["ada@acme.example"])


def test_failures_that_anybody_can_bring_about_do_not_fill_the_trail() -> None:
    federation()
    before = Event.objects.count()

    browser = Browser()
    answers = {browser.get("/account/by/acme/back/?state=x&code=y").status_code for _ in range(60)}

    assert answers == {401}
    assert Event.objects.count() - before == FEDERATION_OF_PLACE.most
