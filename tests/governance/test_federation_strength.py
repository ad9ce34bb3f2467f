"""How strong a sign-in by a provider upstream counts: no stronger than what was shown to us."""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from apps.oauth.models import TokenSession
from tests.conformance.compliance import conforms
from tests.factories.federation import Upstream, federation, providing, sign_in_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """It says that Ada has shown it everything one could ask for."""
    with providing(amr=["mfa", "hwk"], acr="urn:countersign:acr:mfa") as found:
        found.id_token |= {"amr": ["mfa", "hwk"], "acr": "urn:countersign:acr:mfa"}
        federation(issuer=found.issuer)
        yield found


@conforms("ASVS 5 V6", "6.8.4", "A sign-in by a provider counts as the weakest, whatever it says.")
def test_word_of_a_provider_is_no_second_factor(upstream: Upstream, settings: Settings) -> None:
    settings.MFA_REQUIRED = True
    browser = Browser()
    sign_in_by(browser, upstream)

    answer = browser.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/account/2fa/"
    assert TokenSession.objects.exists() is False


def test_session_says_that_it_rests_on_a_provider(upstream: Upstream) -> None:
    browser = Browser()
    sign_in_by(browser, upstream)

    browser.get("/admin/")

    session = TokenSession.objects.get()
    assert (session.auth_method, session.federation is not None) == ("federation", True)
