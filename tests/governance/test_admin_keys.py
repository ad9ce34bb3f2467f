"""Signing keys in the admin: seen, rotated and revoked by an administrator, never shown."""

import json

import pytest
from django.test import Client as Browser
from django.urls import reverse

from apps.audit.models import Event
from apps.core.keys import published_key
from apps.identity.models import StaffRole
from apps.oauth.models import SigningKey
from tests.factories.identity import staff_browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
LIST = "/admin/oauth/signingkey/"
State = SigningKey.State


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.objects.get(algorithm="ES256", state=State.ACTIVE)


def page(key: SigningKey, act: str) -> str:
    return reverse(f"admin:oauth_signingkey_{act}", args=[key.pk])


def states(algorithm: str = "ES256") -> list[str]:
    rows = SigningKey.objects.filter(algorithm=algorithm).order_by("created_at")
    return list(rows.values_list("state", flat=True))


def do(browser: Browser, key: SigningKey, act: str, once: str, **form: str) -> str:
    answer = browser.post(page(key, act), {"once": once, **form}, follow=True)
    return str(next(iter(answer.context["messages"])))


def test_the_pages_tell_everything_but_the_private_part(key: SigningKey) -> None:
    browser = staff_browser()
    private = json.loads(key.private_jwk)["d"]

    pages = [browser.get(path).content.decode() for path in (LIST, page(key, "change"))]

    assert [key.kid in text for text in pages] == [True, True]
    assert [private in text for text in pages] == [False, False]


def test_rotating_publishes_the_next_key_and_uses_it_when_it_is_known(key: SigningKey) -> None:
    browser = staff_browser()

    begun = do(browser, key, "rotate", "a")
    too_soon = do(browser, key, "rotate", "b")
    waiting = SigningKey.objects.filter(state=State.NEXT)
    assert waiting.update(created_at=key.created_at.replace(year=2020)) == 1
    done = do(browser, key, "rotate", "c")

    assert [begun, too_soon, done] == [
        "The next ES256 key is published. It takes over in a day.",
        "Nothing was done: the next key was published less than ten minutes ago.",
        "The next ES256 key takes over; what the one before it signed stays good.",
    ]
    assert (sorted(states()), states("RS256")) == (["active", "retired"], ["active"])
    events = Event.objects.filter(subject_kind="signing_key")
    assert {event.private["actor_label"] for event in events} == {"administrator@buyer.example"}


def test_revoking_refuses_the_key_and_makes_a_fresh_one(key: SigningKey) -> None:
    do(staff_browser(), key, "revoke", "a", reason="seen on a laptop")

    assert (published_key(SigningKey, key.kid), sorted(states())) == (None, ["active", "revoked"])
    assert Event.objects.get(action="signing_key.revoked").data["reason"] == "seen on a laptop"


def test_revoking_without_a_reason_revokes_nothing(key: SigningKey) -> None:
    answer = staff_browser().post(page(key, "revoke"), {"once": "a", "reason": " "})

    assert (set(answer.context["form"].errors), states()) == ({"reason"}, ["active"])


def test_a_retired_key_says_until_when_it_is_published(key: SigningKey) -> None:
    SigningKey.objects.filter(pk=key.pk).update(state=State.RETIRED, retired_at=key.created_at)

    facts = dict(staff_browser().get(page(key, "change")).context["facts"])

    assert (key.created_at + SigningKey.published_for).isoformat() in str(facts["Published until"])


@pytest.mark.parametrize("role", [role for role in StaffRole if role != StaffRole.ADMINISTRATOR])
def test_nobody_but_an_administrator_sees_or_touches_a_key(
    key: SigningKey, role: StaffRole
) -> None:
    browser = staff_browser(role)

    seen = [browser.get(path).status_code for path in (LIST, page(key, "change"))]
    done = [
        browser.post(page(key, act), {"once": act, "reason": "mischief"}).status_code
        for act in ("rotate", "revoke")
    ]

    assert (seen, done, states()) == ([403, 403], [403, 403], ["active"])
