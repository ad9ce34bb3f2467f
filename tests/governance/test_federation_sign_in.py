"""Signing in by a provider upstream that believes the test: who gets in, as what, who does not."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from joserfc.jwk import ECKey

from apps.audit.models import Event
from apps.governance.services.federation import deactivate_federation, reactivate_federation
from apps.identity.models import FederatedIdentity, Federation, FederationPreset, User
from apps.oauth.policy.sign_in import FEDERATION_KEY
from apps.partners.models import PartnerUser
from tests.conformance.compliance import conforms
from tests.factories.federation import Upstream, federation, providing, set_out, sign_in_by
from tests.factories.identity import PASSWORD
from tests.factories.world import SETUP, World, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache", "acme")]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with providing() as found:
        yield found


@pytest.fixture
def acme(upstream: Upstream) -> Federation:
    return federation(issuer=upstream.issuer)


def whoever(browser: Browser) -> User | None:
    """Who is signed in at this browser."""
    user = browser.get("/account/").wsgi_request.user
    return user if user.is_authenticated else None


def partner_rule(world: World, role: str = "manager") -> dict[str, str]:
    return {
        "claim": "email_domain",
        "value": "acme.example",
        "partner": world.acme.public_id,
        "role": role,
    }


# --- Coming in ------------------------------------------------------------------------------------
def test_an_unknown_person_becomes_what_the_first_fitting_rule_says(
    world: World, upstream: Upstream, acme: Federation
) -> None:
    nobody = {"claim": "groups", "value": "buyers", "staff_role": "administrator"}
    Federation.objects.filter(pk=acme.pk).update(rules=[nobody, partner_rule(world)])
    browser = Browser()

    answer = sign_in_by(browser, upstream)

    ada = User.objects.get(email="ada@acme.example")
    acting = PartnerUser.objects.get(user=ada)
    identity = FederatedIdentity.objects.get(user=ada)
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert whoever(browser) == ada
    assert (acting.partner, acting.role, ada.is_staff) == (world.acme, "manager", False)
    assert (identity.subject, identity.made_person, identity.refresh_token) == (
        "ada-1",
        True,
        "keep",
    )
    assert ada.has_usable_password() is False


def test_a_rule_of_staff_makes_staff(upstream: Upstream, acme: Federation) -> None:
    groups = {"claim": "groups", "value": "buyers", "staff_role": "security_officer"}
    Federation.objects.filter(pk=acme.pk).update(rules=[groups])
    upstream.person["groups"] = ["people", "buyers"]

    sign_in_by(Browser(), upstream)

    ada = User.objects.get(email="ada@acme.example")
    assert (ada.is_staff, [group.name for group in ada.groups.all()]) == (
        True,
        ["security_officer"],
    )


@conforms("ASVS 5 V10", "10.5.2", "Who somebody is follows from issuer and subject alone.")
def test_the_subject_is_the_key_and_the_address_is_not(
    upstream: Upstream,
) -> None:
    sign_in_by(Browser(), upstream)
    upstream.person["email"] = "ada.lovelace@acme.example"
    browser = Browser()

    sign_in_by(browser, upstream)

    again = whoever(browser)
    assert again is not None
    assert (again.email, User.objects.count()) == ("ada@acme.example", 1)


def test_a_role_follows_the_rules_at_the_next_sign_in(
    world: World, upstream: Upstream, acme: Federation
) -> None:
    Federation.objects.filter(pk=acme.pk).update(rules=[partner_rule(world)])
    sign_in_by(Browser(), upstream)
    Federation.objects.filter(pk=acme.pk).update(rules=[partner_rule(world, "salesperson")])

    sign_in_by(Browser(), upstream)

    ada = User.objects.get(email="ada@acme.example")
    assert (PartnerUser.objects.get(user=ada).role, ada.not_before is not None) == (
        "salesperson",
        True,
    )


def test_a_staff_role_follows_the_rules_down(upstream: Upstream, acme: Federation) -> None:
    rule = {"claim": "email_domain", "value": "acme.example", "staff_role": "administrator"}
    Federation.objects.filter(pk=acme.pk).update(rules=[rule])
    sign_in_by(Browser(), upstream)
    Federation.objects.filter(pk=acme.pk).update(rules=[{**rule, "staff_role": "viewer"}])

    sign_in_by(Browser(), upstream)

    ada = User.objects.get(email="ada@acme.example")
    assert [group.name for group in ada.groups.all()] == ["viewer"]
    assert Event.objects.get(action="user.staff_role_changed").data["to"] == "viewer"


def test_whom_the_rules_move_elsewhere_stays_out(
    world: World, upstream: Upstream, acme: Federation
) -> None:
    sign_in_by(Browser(), upstream)
    Federation.objects.filter(pk=acme.pk).update(rules=[partner_rule(world)])

    answer = sign_in_by(Browser(), upstream)

    assert answer.status_code == 403
    assert PartnerUser.objects.filter(user__email="ada@acme.example").exists() is False


def test_whom_no_rule_fits_stays_out(upstream: Upstream, acme: Federation) -> None:
    rule = {"claim": "groups", "value": "buyers", "staff_role": "viewer"}
    Federation.objects.filter(pk=acme.pk).update(rules=[rule])

    answer = sign_in_by(Browser(), upstream)

    assert (answer.status_code, User.objects.count()) == (403, 0)
    assert Event.objects.get(action="user.sign_in_failed").data["reason"].startswith("federation")


# --- Attacks on accounts --------------------------------------------------------------------------
def test_the_address_of_an_existing_account_enters_nothing(
    upstream: Upstream,
) -> None:
    victim = person("ada@acme.example", is_staff=True)
    browser = Browser()

    answer = sign_in_by(browser, upstream)

    assert answer.status_code == 403
    assert b"link the provider to your account" in answer.content
    assert whoever(browser) is None
    assert FederatedIdentity.objects.filter(user=victim).exists() is False


@pytest.mark.parametrize("said", (False, None, "true", 1))
def test_an_address_that_is_not_verified_makes_nobody(upstream: Upstream, said: object) -> None:
    upstream.person["email_verified"] = said

    answer = sign_in_by(Browser(), upstream)

    assert (answer.status_code, User.objects.count()) == (403, 0)


@pytest.mark.parametrize(
    "email", ("ada@evil.example", "ada@acme.example.evil.example", "ada@sub.acme.example", "x", 7)
)
def test_an_address_of_another_domain_makes_nobody(
    upstream: Upstream, acme: Federation, email: object
) -> None:
    """Even where a rule would fit."""
    rule = {"claim": "sub", "value": "ada-1", "staff_role": "viewer"}
    Federation.objects.filter(pk=acme.pk).update(rules=[rule])
    upstream.person["email"] = email

    answer = sign_in_by(Browser(), upstream)

    assert (answer.status_code, User.objects.count()) == (403, 0)


@conforms("ASVS 5 V6", "6.8.1", "The same identifier at another provider is somebody else.")
def test_another_provider_with_the_same_subject_is_somebody_else(
    upstream: Upstream,
) -> None:
    sign_in_by(Browser(), upstream)
    browser = Browser()
    with providing(sub="ada-1", email="eve@globex.example") as other:
        rule = {"claim": "email_domain", "value": "globex.example", "staff_role": "viewer"}
        federation("Globex", issuer=other.issuer, allowed_domains=["globex.example"], rules=[rule])
        sign_in_by(browser, other, "globex")

    eve = whoever(browser)
    assert eve is not None
    assert eve.email == "eve@globex.example"


def test_microsoft_needs_a_domain_its_owner_has_proved(
    upstream: Upstream, acme: Federation
) -> None:
    """Any tenant's administrator writes any address there, and `email_verified` says nothing."""
    Federation.objects.filter(pk=acme.pk).update(preset=FederationPreset.MICROSOFT)

    refused = sign_in_by(Browser(), upstream)
    upstream.id_token |= {"email": "ada@acme.example", "xms_edov": True}
    let_in = sign_in_by(Browser(), upstream)

    assert (refused.status_code, let_in.status_code) == (403, 302)


def test_google_is_the_authority_for_its_own_domains_only(
    upstream: Upstream, acme: Federation
) -> None:
    Federation.objects.filter(pk=acme.pk).update(preset=FederationPreset.GOOGLE)

    refused = sign_in_by(Browser(), upstream)
    upstream.person["hd"] = "acme.example"
    let_in = sign_in_by(Browser(), upstream)

    assert (refused.status_code, let_in.status_code) == (403, 302)


@conforms("ASVS 5 V6", "6.3.4", "Who exists by a provider's word comes in by no password.")
def test_whom_a_provider_made_gets_in_by_no_password(upstream: Upstream) -> None:
    """A password got by mail would outlive the provider's word."""
    sign_in_by(Browser(), upstream)
    ada = User.objects.get(email="ada@acme.example")
    ada.set_password(PASSWORD)
    ada.save()
    browser = Browser()

    browser.post("/account/login/", {"login": ada.email, "password": PASSWORD})

    assert whoever(browser) is None


# --- Attacks on the exchange ----------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong",
    (
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"aud": ["countersign", "another client"]},
        {"azp": "another client"},
        {"nonce": "of another browser"},
        {"nonce": None},
        {"sub": "bo-1"},
        {"exp": 1},
    ),
)
@conforms("ASVS 5 V10", "10.5.4", "An ID token for another client, or another sign-in, is refused.")
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(
    upstream: Upstream, wrong: dict[str, Any]
) -> None:
    upstream.id_token |= wrong

    answer = sign_in_by(Browser(), upstream)

    assert (answer.status_code in {401, 403}, User.objects.count()) == (True, 0)


@conforms("ASVS 5 V6", "6.8.2", "An ID token whose signature does not verify is refused.")
def test_an_id_token_by_another_key_is_refused(upstream: Upstream) -> None:
    upstream.signs = ECKey.generate_key("P-256", {"kid": "k"})

    answer = sign_in_by(Browser(), upstream)

    assert (answer.status_code, User.objects.count()) == (401, 0)


def test_an_answer_to_another_browser_is_refused(upstream: Upstream) -> None:
    """Whoever sends somebody the end of their own sign-in does not sign them in as themselves."""
    back = upstream.agree(set_out(Browser())).partition("/account")[2]
    victim = Browser()

    answer = victim.get(f"/account{back}")

    assert (answer.status_code, whoever(victim)) == (401, None)


def test_a_code_of_another_sign_in_is_refused(upstream: Upstream) -> None:
    """PKCE: the code that leaked is of no use with another browser's verifier."""
    mine, victim = Browser(), Browser()
    stolen = upstream.agree(set_out(victim)).partition("code=")[2].partition("&")[0]
    state = upstream.agree(set_out(mine)).partition("state=")[2]

    answer = mine.get("/account/by/acme/back/", {"code": stolen, "state": state})

    assert (answer.status_code, whoever(mine)) == (401, None)


@conforms("RFC 9207", "2.4", "An answer that names another issuer is refused.")
def test_an_answer_of_another_issuer_is_refused(upstream: Upstream) -> None:
    browser = Browser()
    back = upstream.agree(set_out(browser)).partition("/account")[2]

    answer = browser.get(f"/account{back}&iss=https%3A%2F%2Fevil.example")

    assert (answer.status_code, whoever(browser)) == (401, None)


def test_who_wrote_the_link_has_no_say_in_the_request() -> None:
    address = set_out(
        Browser(),
        auth_params="client_id=evil&redirect_uri=https://evil.example&code_challenge=x",
        scope="admin",
        process="connect",
    )

    assert "evil" not in address
    assert "admin" not in address
    assert "code_challenge_method=S256" in address


@conforms("ASVS 5 V7", "7.6.2", "No session begins without a button that the person presses.")
def test_a_link_signs_nobody_in(upstream: Upstream) -> None:
    """Another site can have a browser open an address, and nothing sets out by that."""
    page = Browser().get("/account/by/acme/")

    assert (page.status_code, upstream.asked) == (200, [])


@pytest.mark.parametrize("next_url", ("https://evil.example/", "//evil.example", "javascript:x"))
def test_nobody_is_sent_elsewhere_afterwards(upstream: Upstream, next_url: str) -> None:
    answer = sign_in_by(Browser(), upstream, next=next_url)

    assert answer["Location"] == "/account/"


def test_an_address_here_is_reached_afterwards(upstream: Upstream) -> None:
    answer = sign_in_by(Browser(), upstream, next="/account/links/")

    assert answer["Location"] == "/account/links/"


@pytest.mark.parametrize(
    ("path", "wrong"),
    (
        ("userinfo", (200, ["not", "an", "object"])),
        ("userinfo", (200, {"sub": "nul\x00"})),
        ("userinfo", (200, {"sub": "x" * 300})),
        ("userinfo", (200, {"sub": {"a": 1}})),
        ("userinfo", (500, {})),
        ("tokens", {"id_token": 7}),
        ("tokens", {"id_token": "a.b.c"}),
        ("tokens", {"expires_in": "soon"}),
        ("tokens", {"access_token": ["x"]}),
        ("id_token", {"email": "nul\x00@acme.example"}),
        ("id_token", {"aud": {"a": 1}}),
    ),
)
def test_hostile_answers_are_refused_with_a_page(upstream: Upstream, path: str, wrong: Any) -> None:
    setattr(upstream, path, wrong)

    answer = sign_in_by(Browser(raise_request_exception=False), upstream)

    assert answer.status_code in {302, 401, 403, 502}


@pytest.mark.parametrize("slug", ("nobody", "openid_connect", "x" * 300))
def test_an_unknown_provider_is_not_found(slug: str) -> None:
    found = [Browser().get(f"/account/by/{slug}/{page}").status_code for page in ("", "back/")]

    assert found == [404, 404]


# --- Switched off ---------------------------------------------------------------------------------
def test_one_switched_off_mid_flow_lets_nobody_in(
    upstream: Upstream, acme: Federation, at: Any
) -> None:
    browser = Browser()
    back = upstream.agree(set_out(browser)).partition("/account")[2]
    deactivate_federation(actor=SETUP, at=at, federation=acme, reason="left")

    answer = browser.get(f"/account{back}")

    assert (answer.status_code, User.objects.count()) == (404, 0)


def test_switching_off_ends_the_sign_ins_and_switching_on_revives_none(
    upstream: Upstream, acme: Federation, at: Any
) -> None:
    browser, later = Browser(), Browser()
    for one in (browser, later):
        sign_in_by(one, upstream)
    before = whoever(browser)

    deactivate_federation(actor=SETUP, at=at, federation=acme, reason="left")
    during = whoever(browser)
    reactivate_federation(actor=SETUP, at=at, federation=acme, reason="back")
    after = whoever(later)

    assert before is not None
    assert (during, after) == (None, None)
    sign_in_by(later, upstream)
    assert whoever(later) == before


def test_an_offboarded_person_stays_out(upstream: Upstream) -> None:
    sign_in_by(Browser(), upstream)
    User.objects.update(is_active=False)
    browser = Browser()

    answer = sign_in_by(browser, upstream)

    assert (answer["Location"], whoever(browser)) == ("/account/inactive/", None)


def test_the_button_is_there_for_active_providers_alone() -> None:
    federation("Globex", is_active=False)

    page = Browser().get("/account/login/", {"next": "/admin/"}).content.decode()

    assert "Sign in by Acme" in page
    assert "/account/by/acme/?next=%2Fadmin%2F" in page
    assert "Globex" not in page


def test_the_sign_in_remembers_whose_word_it_rests_on(upstream: Upstream, acme: Federation) -> None:
    browser = Browser()
    sign_in_by(browser, upstream)

    assert browser.session[FEDERATION_KEY] == {"id": str(acme.pk), "fence": ""}


def test_what_the_provider_gave_is_encrypted_and_in_no_other_table(
    upstream: Upstream,
) -> None:
    sign_in_by(Browser(), upstream)

    with connection.cursor() as cursor:
        cursor.execute("select access_token, refresh_token from identity_federatedidentity")
        (stored,) = cursor.fetchall()
        cursor.execute("select count(*) from socialaccount_socialtoken")
        ((tokens,),) = cursor.fetchall()
    assert [value[:3] for value in stored] == ["v1.", "v1."]
    assert tokens == 0
