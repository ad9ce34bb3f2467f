"""Private addresses: the buyer's own applications and issuers are reached where the operator says;
what partners registered never is.
"""

import ipaddress
import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client as Browser
from pytest_django import Settings

from apps.core.errors import ValidationFailedError
from apps.gateway import client as outgoing
from apps.oauth.models import Client
from apps.oauth.policy.dids import thumbprints
from apps.oauth.services.client_keys import has_key
from apps.partners.models import Partner
from tests.factories.client_keys import jwks
from tests.factories.identity import staff
from tests.factories.issuers import trusted
from tests.factories.openid import openid_app
from tests.factories.web import Site, serving
from tests.factories.world import World
from tests.gateway.test_client import certificate
from tests.oauth.test_backchannel import NOTHING, browser_of, send, sign_out, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def house(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server of the house with a certificate by the house's authority; here this machine is the
    private network.
    """
    settings.OUTBOUND_PRIVATE_HOSTS = False
    settings.OUTBOUND_PRIVATE_NETWORKS = [
        ipaddress.ip_network(text) for text in ("127.0.0.0/8", "::1/128")
    ]
    file = certificate(tmp_path, "localhost")
    trust = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(outgoing, "_system_tls", lambda: trust)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    with serving(tls) as started:
        yield started


def signed_out_of(partner: Partner | None, browser: Browser, house: Site) -> dict[str, int]:
    uri = house.url("/out", host="localhost")
    use(browser, openid_app(partner=partner, scopes=("openid",), backchannel_logout_uri=uri))
    sign_out(browser)
    return send()


def test_application_of_the_house_hears_of_a_sign_out(house: Site) -> None:
    assert signed_out_of(None, browser_of(staff()), house) == {**NOTHING, "logouts_notified": 1}
    assert len(house.posted) == 1


def test_application_of_a_partner_is_not_called_in_the_house(world: World, house: Site) -> None:
    told = signed_out_of(world.acme, browser_of(world.bo), house)

    assert (told, house.posted) == ({**NOTHING, "logouts_put_off": 1}, [])


def test_application_of_the_house_is_not_called_beyond_the_named_networks(
    house: Site, settings: Settings
) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = [ipaddress.ip_network("10.20.0.0/16")]

    told = signed_out_of(None, browser_of(staff()), house)

    assert (told, house.posted) == ({**NOTHING, "logouts_put_off": 1}, [])


def test_issuer_of_the_house_is_asked_for_its_keys_and_a_partners_is_not(
    world: World, house: Site
) -> None:
    issuer = house.url("", host="localhost")
    found = house.url("/jwks", host="localhost")
    house.body = json.dumps({"issuer": issuer, "jwks_uri": found}).encode()

    with pytest.raises(ValidationFailedError):
        trusted(partner=world.acme, issuer=issuer, jwks_uri="")
    nobody_asked = list(house.asked)
    ours = trusted(partner=None, issuer=issuer, jwks_uri="")

    assert (nobody_asked, ours.jwks_uri) == ([], found)


def test_keys_of_the_house_are_fetched_and_a_partners_are_not(world: World, house: Site) -> None:
    house.body = json.dumps(jwks()).encode()
    key = next(iter(thumbprints(jwks())))
    ours, theirs = (
        Client(pk=number, partner=partner, client_jwks_uri=house.url("/jwks", host="localhost"))
        for number, partner in ((1, None), (2, world.acme))
    )

    assert not has_key(theirs, key, at=datetime.now(tz=UTC))
    assert house.asked == []
    assert has_key(ours, key, at=datetime.now(tz=UTC))
    assert not has_key(theirs, key, at=datetime.now(tz=UTC))
