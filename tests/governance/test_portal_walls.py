"""Every address of the portal, by every role, on both sides of the wall between companies."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client as Browser

from apps.audit.models import Event
from apps.core.ids import new_id
from apps.governance.models import Invitation
from apps.governance.urls import urlpatterns
from apps.identity.models import User
from apps.oauth.models import Client, TokenSession
from apps.partners.models import PartnerUser, Role
from tests.conformance.compliance import conforms
from tests.factories.identity import staff
from tests.factories.portal import Company, acme_and_globex, browser_of, colleague
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@dataclass(frozen=True)
class Door:
    """An address by name, whom it is open to, and what it is posted. ``one`` names the kind of
    record in the address.
    """

    name: str
    path: str
    form: dict[str, str] | None = None
    shows: bool = True
    admins_only: bool = True
    one: str = ""


DOORS = (
    Door("portal-people", "/account/people/"),
    Door("portal-invite", "/account/people/invite/", {"email": "e@x.example", "role": "admin"}),
    Door("portal-resend", "/account/people/invitations/{}/resend/", {}, False, True, "invitation"),
    Door("portal-cancel", "/account/people/invitations/{}/cancel/", {}, False, True, "invitation"),
    Door("portal-role", "/account/people/{}/role/", {"role": "admin"}, True, True, "person"),
    Door("portal-retire", "/account/people/{}/end/", {}, True, True, "person"),
    Door("portal-apps", "/account/apps/", admins_only=False),
    Door("portal-end-client", "/account/apps/{}/end/", {}, True, True, "client"),
    Door("portal-end-session", "/account/apps/sessions/{}/end/", {}, False, False, "session"),
    Door("portal-activity", "/account/activity/", admins_only=False),
)
PUBLIC = {"front", "portal-invitation", "portal-invitation-link"}
POSTED = tuple(door for door in DOORS if door.form is not None)
WITH_ID = tuple(door for door in DOORS if door.one)
NAMES = [door.name for door in DOORS]


def invitation(company: Company) -> Invitation:
    at = datetime.now(tz=UTC) - timedelta(hours=1)
    return Invitation.objects.create(
        partner=company.partner, email=f"new@{company.partner.name}.example", role="manager",
        token_sha256=company.partner.name, invited_by=company.boss.user, created_at=at,
        sent_at=at, expires_at=at + timedelta(days=3),
    )  # fmt: skip


@dataclass(frozen=True)
class Wall:
    """Acme's side and Globex's, and where each record of Globex stands."""

    acme: Company
    globex: Company

    def address(self, door: Door, side: Company) -> str:
        ids = {
            "invitation": side.partner.invitations.get().public_id,
            "person": side.manager.public_id,
            "client": side.client.client_id,
            "session": side.of_boss.public_id,
            "": "",
        }
        return door.path.format(ids[door.one])


@pytest.fixture
def wall(world: World) -> Wall:
    acme, globex = acme_and_globex(world)
    invitation(acme)
    invitation(globex)
    return Wall(acme, globex)


def everything() -> list[object]:
    """What an attack may change, but for the trail and who signed in when."""
    unseen = {"last_login"}
    rows = [User, PartnerUser, Client, TokenSession, Invitation]
    return [
        sorted(
            str({k: v for k, v in row.items() if k not in unseen})
            for row in model.objects.values()  # type: ignore[attr-defined]  # each has a manager
        )
        for model in rows
    ]


def visits(browser: Browser, door: Door, address: str) -> list[int]:
    codes = [browser.get(address).status_code] if door.shows else []
    return codes if door.form is None else [*codes, browser.post(address, door.form).status_code]


def test_every_address_of_the_portal_is_in_the_matrix() -> None:
    names = {pattern.name for pattern in urlpatterns if "account/" in str(pattern.pattern)}

    assert names - PUBLIC == set(NAMES) | {
        name for name in names if not str(name).startswith("portal-")
    }


@pytest.mark.parametrize("door", DOORS, ids=NAMES)
def test_strangers_are_led_to_the_sign_in(wall: Wall, door: Door) -> None:
    address, before = wall.address(door, wall.acme), everything()

    codes = visits(Browser(), door, address)

    assert (set(codes), everything()) == ({302}, before)


@pytest.mark.parametrize("door", DOORS, ids=NAMES)
@pytest.mark.parametrize("who", ("salesperson", "manager", "staff", "nobody"))
def test_only_admins_open_what_is_theirs(wall: Wall, door: Door, who: str) -> None:
    if who in {Role.SALESPERSON, Role.MANAGER}:
        user = colleague(wall.acme.partner, f"{who}@acme.example", Role(who)).user
    elif who == "staff":
        user = staff()
    else:
        user = User.objects.create_user("nobody@x.example", "x", created_at=datetime.now(tz=UTC))
    browser, before = browser_of(user), everything()

    codes = visits(browser, door, wall.address(door, wall.acme))

    expected = {403} if door.admins_only else {404 if door.one else 200}
    assert (set(codes), everything()) == (expected, before)


@pytest.mark.parametrize("door", WITH_ID, ids=[door.name for door in WITH_ID])
def test_what_is_globexs_is_not_found_by_acmes_admin(wall: Wall, door: Door) -> None:
    browser, before = browser_of(wall.acme.boss.user), everything()

    codes = visits(browser, door, wall.address(door, wall.globex))

    assert (set(codes), everything()) == ({404}, before)


@pytest.mark.parametrize("door", WITH_ID, ids=[door.name for door in WITH_ID])
@pytest.mark.parametrize("one", ("nothing", "ptu_", "{}%00", "{}%ff", "x" * 3000))
def test_what_is_no_id_is_not_found(wall: Wall, door: Door, one: str) -> None:
    browser, before = browser_of(wall.acme.boss.user), everything()
    known = wall.address(door, wall.acme).replace(door.path.partition("{}")[0], "")
    made_up = one.format(known.partition("/")[0] if "{}" in one else "")

    codes = visits(browser, door, door.path.format(made_up))

    assert (set(codes) - {400}, everything()) <= ({404}, before)


@pytest.mark.parametrize("door", POSTED, ids=[door.name for door in POSTED])
def test_another_sites_form_is_refused(wall: Wall, door: Door) -> None:
    browser, before = browser_of(wall.acme.boss.user, strict=True), everything()

    answer = browser.post(
        wall.address(door, wall.acme), door.form, headers={"Origin": "https://evil.example"}
    )

    assert (answer.status_code, everything()) == (403, before)


@pytest.mark.parametrize("door", DOORS, ids=NAMES)
def test_pages_are_not_kept_and_nothing_is_done_by_reading(wall: Wall, door: Door) -> None:
    browser, before = browser_of(wall.acme.boss.user), everything()
    events = Event.objects.count()

    answer = browser.get(wall.address(door, wall.acme))

    assert answer.status_code == (200 if door.shows else 405)
    assert not door.shows or "no-store" in answer["Cache-Control"]
    assert (everything(), Event.objects.count()) == (before, events)


def test_a_made_up_person_is_not_told_from_another_companys(wall: Wall) -> None:
    browser = browser_of(wall.acme.boss.user)
    both = (PartnerUser(id=new_id()).public_id, wall.globex.manager.public_id)

    pages = [browser.get(f"/account/people/{one}/role/").content.decode() for one in both]

    made_up, theirs = (page.replace(one, "") for page, one in zip(pages, both, strict=True))
    assert made_up == theirs


@pytest.mark.parametrize("name", ("portal-invite", "portal-role"))
@conforms("ASVS 5 V7", "7.5.3", "Giving access to a company asks who gives it to sign in anew.")
def test_what_gives_access_asks_for_a_recent_sign_in(wall: Wall, name: str) -> None:
    (door,) = (door for door in DOORS if door.name == name)
    browser, address = Browser(), wall.address(door, wall.acme)
    browser.force_login(wall.acme.boss.user)  # Without a word of when and how.
    before = everything()

    answers = [browser.get(address), browser.post(address, door.form)]

    assert {answer["Location"].partition("?")[0] for answer in answers} == {
        "/account/reauthenticate/"
    }
    assert everything() == before
