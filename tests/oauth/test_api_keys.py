"""Legacy API keys: scoped, hashed, expiring, bound to networks, deprecated in every answer."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.errors import ValidationFailedError
from apps.governance.services.offboarding import offboard_partner
from apps.identity.models import StaffRole
from apps.oauth.models import ApiKey, TokenSession
from apps.oauth.policy.api_keys import key_is_well_formed, new_prefix
from apps.oauth.policy.networks import address_is_within, canonical_networks
from apps.oauth.rest.api_keys import FAILURES
from apps.oauth.services import end_session
from apps.oauth.services.api_keys import note_use, revoke_api_key
from apps.partners.models import Partner
from apps.projects.models import Project, ProjectMember
from tests.factories.api_keys import KeyHolder, api_key
from tests.factories.gateway import ORDERS, problem
from tests.factories.identity import staff_browser
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import issued
from tests.factories.scene import page_of
from tests.factories.world import SETUP, World, make_world, project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def holder(world: World) -> KeyHolder:
    return KeyHolder(api_key(world.acme).key)


# --- What it is -----------------------------------------------------------------------------------


def test_key_has_the_form_that_scanners_recognise(world: World) -> None:
    made = api_key(world.acme)

    assert re.fullmatch(r"csk_local_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", made.key)
    assert made.key.startswith(f"{made.api_key.prefix}_")


@pytest.mark.parametrize(
    ("environment", "mark"), (("local", "local"), ("staging", "stage"), ("production", "live"))
)
def test_prefix_names_the_environment_and_fits_its_column(environment: str, mark: str) -> None:
    prefix = new_prefix(environment)

    assert prefix.startswith(f"csk_{mark}_")
    assert len(prefix) <= 20


def test_nothing_kept_opens_anything(world: World) -> None:
    made = api_key(world.acme)

    kept = json.dumps(
        [
            *ApiKey.objects.values(),
            *TokenSession.objects.values(),
            *Event.objects.values("data", "private", "subject_label"),
        ],
        default=str,
    )

    assert made.key.removeprefix(f"{made.api_key.prefix}_") not in kept
    assert len(made.api_key.key_digest) == 64


def test_making_one_is_one_event_and_a_session_as_old_as_the_key(
    world: World, time_machine: Any
) -> None:
    now = datetime(2026, 12, 1, 8, tzinfo=UTC)
    time_machine.move_to(now, tick=False)

    made = api_key(world.acme, days=90)

    session = made.api_key.session
    events = Event.objects.filter(action=Action.API_KEY_CREATED)
    assert [event.subject_id for event in events] == [made.api_key.public_id]
    assert (session.kind, session.role, session.client_id) == ("api_key", "manager", None)
    assert (session.project_ids, session.project_bound) == ([world.office.pk], True)
    assert session.expires_at == now + timedelta(days=90)


# --- What it may be -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "fault"),
    (
        ({"scopes": []}, ("/scopes", "required")),
        ({"scopes": ["vendors.banking:read"]}, ("/scopes", "scope-not-allowed")),
        ({"scopes": ["purchase_orders:approve"]}, ("/scopes", "scope-not-allowed")),
        ({"scopes": ["purchase_orders:create"]}, ("/scopes", "scope-not-allowed")),
        ({"scopes": ["openid"]}, ("/scopes", "scope-not-allowed")),
        ({"scopes": ["offline_access"]}, ("/scopes", "scope-not-allowed")),
        ({"scopes": ["no:such"]}, ("/scopes", "scope-not-allowed")),
        ({"days": 0}, ("/days", "out-of-range")),
        ({"days": 91}, ("/days", "out-of-range")),
        ({"networks": []}, ("/networks", "required")),
        ({"networks": ["192.0.2.1/24"]}, ("/networks", "not-a-network")),
        ({"networks": ["home\x00"]}, ("/networks", "not-a-network")),
        ({"networks": ["fe80::%1/64"]}, ("/networks", "not-a-network")),
        ({"networks": ["0.0.0.0/0"]}, ("/networks", "too-wide")),
        ({"networks": ["0.0.0.0/1", "10.0.0.0/8"]}, ("/networks", "too-wide")),
        ({"networks": ["::/0"]}, ("/networks", "too-wide")),
        ({"networks": ["192.0.2.0/24"] * 21}, ("/networks", "too-many")),
    ),
)
def test_key_that_would_be_too_much_is_refused(
    given: dict[str, Any], fault: tuple[str, str], world: World
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        api_key(world.acme, **given)

    assert [(one.pointer, one.code) for one in refused.value.errors] == [fault]
    assert not ApiKey.objects.exists()


def test_integration_partners_key_may_write_orders(world: World) -> None:
    made = api_key(world.erp, scopes=["purchase_orders:create", "purchase_orders:create"])

    assert made.api_key.session.scopes == ["purchase_orders:create"]
    assert made.api_key.session.role == "integration"


def test_key_for_a_project_the_partner_is_not_in_is_refused(world: World) -> None:
    fleet = project("FLEET", world.buyer, world.globex)

    with pytest.raises(ValidationFailedError) as refused:
        api_key(world.acme, projects=[fleet])

    assert [one.code for one in refused.value.errors] == ["not-a-member"]


def test_key_without_an_open_project_is_refused(world: World) -> None:
    Project.objects.update(status="closed")

    with pytest.raises(ValidationFailedError) as refused:
        api_key(world.acme)

    assert [one.code for one in refused.value.errors] == ["no-open-project"]


def test_suspended_partner_gets_no_key(world: World) -> None:
    Partner.objects.update(status="suspended")

    with pytest.raises(ValidationFailedError) as refused:
        api_key(world.acme)

    assert [one.code for one in refused.value.errors] == ["partner-not-active"]


def test_no_key_is_made_where_they_are_off(world: World, settings: Any) -> None:
    settings.LEGACY_API_KEYS = False

    with pytest.raises(ValidationFailedError, match="LEGACY_API_KEYS"):
        api_key(world.acme)


@pytest.mark.parametrize(
    ("address", "within"),
    (
        ("192.0.2.7", True),
        ("192.0.3.7", False),
        ("::ffff:192.0.2.7", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        (None, False),
    ),
)
def test_address_counts_as_what_it_is(address: str | None, *, within: bool) -> None:
    assert address_is_within(address, ["192.0.2.0/24", "2001:db8::/32"]) is within


def test_networks_are_kept_once_in_one_form() -> None:
    given = ["10.0.0.0/255.0.0.0", "10.0.0.0/8", "192.0.2.1", "2001:DB8::/32"]

    assert canonical_networks(given) == ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]


# --- Using it -------------------------------------------------------------------------------------


def test_key_reads_what_its_partner_may_read(holder: KeyHolder, world: World) -> None:
    order = issued(world)

    answer = holder.ask()

    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()["data"]] == [order.public_id]


def test_key_of_one_vendor_never_sees_anothers_order(world: World) -> None:
    order = issued(world)  # Acme's.
    globex = KeyHolder(
        api_key(world.globex, scopes=["purchase_orders:read", "purchase_orders:acknowledge"]).key
    )

    listed = globex.ask()
    read = globex.ask(path=f"{ORDERS}/{order.public_id}")

    assert (listed.status_code, listed.json()["data"]) == (200, [])
    assert problem(read) == (404, "not-found")


def test_scope_the_key_lacks_is_403(holder: KeyHolder) -> None:
    assert problem(holder.ask("POST")) == (403, "insufficient-scope")


def test_request_makes_one_query_and_one_note_a_minute(
    holder: KeyHolder, time_machine: Any
) -> None:
    now = datetime.now(tz=UTC)
    counts = []
    for seconds in (0, 1, 59, 61, 62):
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        with CaptureQueriesContext(connection) as captured:
            assert holder.ask().status_code == 200
        counts.append(len(captured) - 1)  # The resource's own.

    assert counts == [2, 1, 1, 2, 1]
    assert TokenSession.objects.get(kind="api_key").last_used_at == now + timedelta(seconds=61)


def test_of_two_notes_of_the_same_minute_one_writes(world: World) -> None:
    session, at = api_key(world.acme).api_key.session, datetime.now(tz=UTC)

    noted = [note_use(session_id=session.pk, last_used_at=None, at=at) for _ in range(2)]

    assert noted == [True, False]


def test_what_a_key_does_stands_in_the_trail_with_its_session(
    holder: KeyHolder, world: World
) -> None:
    made = ApiKey.objects.get()

    holder.ask("POST")

    event = Event.objects.get(action=Action.REQUEST_DENIED)
    assert (event.actor_id, event.session_id) == (made.public_id, made.session_id)
    assert (event.partner_id, event.client_id) == (world.acme.pk, "")


def test_authorisation_header_is_read_as_rfc_9110_says(holder: KeyHolder) -> None:
    spellings = ("ApiKey", "apikey", "APIKEY")

    answers = [holder.ask(Authorization=f"{one} {holder.key}").status_code for one in spellings]

    assert answers == [200, 200, 200]


@pytest.mark.parametrize(
    "credential",
    (
        "ApiKey",
        "ApiKey ",
        "ApiKey csk_local_00000000_" + "A" * 43,
        "ApiKey csk_live_00000000_" + "A" * 43,
        "ApiKey \x00",
        "ApiKey \udcff",
        "ApiKey é",
        "ApiKey " + "A" * 20_000,
        "ApiKey {key}A",
        "ApiKey {key} {key}",
        "ApiKey {key}, Bearer {token}",
        "ApiKey {key}, ApiKey {key}",
    ),
)
def test_anything_but_one_good_key_is_401(credential: str, holder: KeyHolder, world: World) -> None:
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))
    sent = credential.format(key=holder.key, token=token)

    answer = Browser(raise_request_exception=False).generic("GET", ORDERS, HTTP_AUTHORIZATION=sent)

    assert problem(answer) == (401, "token-invalid")
    assert answer["WWW-Authenticate"] == 'ApiKey realm="countersign"'
    assert "Deprecation" not in answer


def test_key_is_no_bearer_token_and_a_token_is_no_key(holder: KeyHolder, world: World) -> None:
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    as_bearer = holder.ask(Authorization=f"Bearer {holder.key}")
    as_key = holder.ask(Authorization=f"ApiKey {token}")

    assert (problem(as_bearer), problem(as_key)) == ((401, "token-invalid"),) * 2


def test_key_in_the_query_is_not_looked_at(holder: KeyHolder) -> None:
    answer = Browser().get(ORDERS, {"api_key": holder.key})

    assert problem(answer) == (401, "token-missing")


def test_where_keys_are_off_a_good_one_is_no_credential(holder: KeyHolder, settings: Any) -> None:
    settings.LEGACY_API_KEYS = False

    answer = holder.ask()

    assert problem(answer) == (401, "token-missing")
    assert answer["WWW-Authenticate"].startswith("Bearer ")


# --- Every answer says that it is deprecated ------------------------------------------------------


def check_farewell(answer: Any) -> None:
    made = ApiKey.objects.get()
    assert answer["Deprecation"] == f"@{int(made.created_at.timestamp())}"
    sunset = parsedate_to_datetime(answer["Sunset"])
    assert sunset == made.session.expires_at.replace(microsecond=0)
    assert answer["Sunset"].endswith("GMT")
    assert 'rel="deprecation"' in answer["Link"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    (
        ("GET", ORDERS, 200),
        ("HEAD", ORDERS, 200),
        ("GET", f"{ORDERS}?limit=x", 400),
        ("GET", f"{ORDERS}/po_nothing", 404),
        ("POST", ORDERS, 403),
        ("DELETE", ORDERS, 405),
    ),
)
def test_every_answer_to_a_key_says_it_is_deprecated(
    method: str, path: str, status: int, holder: KeyHolder
) -> None:
    answer = holder.ask(method, path)

    assert answer.status_code == status
    check_farewell(answer)


def test_links_to_other_pages_stay_beside_the_deprecation(world: World, holder: KeyHolder) -> None:
    for _ in range(2):
        issued(world)

    answer = holder.ask(path=f"{ORDERS}?limit=1")

    assert re.findall(r'rel="(\w+)"', answer["Link"]) == ["next", "deprecation"]
    check_farewell(answer)


def test_answers_to_tokens_say_nothing_of_it(world: World) -> None:
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    answer = Browser().get(ORDERS, headers={"Authorization": f"Bearer {token}"})

    assert not {"Deprecation", "Sunset", "Link"} & set(answer.headers)


def test_the_page_the_answers_link_to_is_there(holder: KeyHolder) -> None:
    linked = re.search(r"<https://buyer\.example(/[^>]+)>", holder.ask()["Link"])
    assert linked is not None

    page = Browser().get(linked[1])

    assert page.status_code == 200
    assert "client_credentials" in page.content.decode()


# --- It ends --------------------------------------------------------------------------------------


def test_expired_key_says_so_and_when_it_ended(holder: KeyHolder, time_machine: Any) -> None:
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(days=30, seconds=1))

    answer = holder.ask()

    assert problem(answer) == (401, "key-expired")
    check_farewell(answer)


def offboard(world: World) -> None:
    offboard_partner(actor=SETUP, at=datetime.now(tz=UTC), partner=world.acme, reason="late")


def revoke(_world: World) -> None:
    revoke_api_key(
        actor=SETUP, at=datetime.now(tz=UTC), api_key=ApiKey.objects.get(), reason="leaked"
    )


def end(_world: World) -> None:
    session = TokenSession.objects.get(kind="api_key")
    end_session(actor=SETUP, at=datetime.now(tz=UTC), session=session, reason="a test")


ENDS: dict[str, Callable[[World], object]] = {
    "revoked": revoke,
    "its session ended": end,
    "partner offboarded": offboard,
    "partner suspended": lambda _world: Partner.objects.update(status="suspended"),
    "partner suspended and resumed": lambda _world: Partner.objects.update(
        not_before=datetime.now(tz=UTC)
    ),
    "project closed": lambda _world: Project.objects.update(status="closed"),
    "project closed and opened": lambda _world: Project.objects.update(
        not_before=datetime.now(tz=UTC)
    ),
    "access to the project over": lambda _world: Project.objects.update(
        access_until=datetime.now(tz=UTC)
    ),
    "no member any more": lambda _world: ProjectMember.objects.update(
        valid_until=datetime.now(tz=UTC)
    ),
}


# The class that the holder is told; nothing of who did it and why.
TOLD = {
    "revoked": "session-ended",
    "its session ended": "session-ended",
    "partner offboarded": "partner-offboarded",
    "partner suspended": "partner-suspended",
    "partner suspended and resumed": "partner-suspended",
}


@pytest.mark.parametrize("what", ENDS)
def test_key_dies_at_once_with_what_it_stands_on(
    what: str, holder: KeyHolder, world: World
) -> None:
    before = holder.ask().status_code

    ENDS[what](world)
    answer = holder.ask()

    assert (before, problem(answer)) == (200, (401, "token-revoked"))
    assert answer.json()["revoke_reason"] == TOLD.get(what, "no-open-project")
    assert "leaked" not in answer.content.decode()
    check_farewell(answer)


def test_key_of_two_projects_outlives_one_of_them(world: World) -> None:
    fleet = project("FLEET", world.buyer, world.acme)
    holder = KeyHolder(api_key(world.acme).key)

    Project.objects.filter(pk=fleet.pk).update(status="closed")
    one_left = holder.ask().status_code
    Project.objects.update(status="closed")

    assert (one_left, holder.ask().status_code) == (200, 401)


def test_key_for_one_project_does_not_follow_its_partner_into_others(world: World) -> None:
    project("FLEET", world.buyer, world.acme)

    made = api_key(world.acme, projects=[world.office])

    assert made.api_key.session.project_ids == [world.office.pk]


def test_revoking_is_done_once_and_told_once(world: World) -> None:
    made, at = api_key(world.acme).api_key, datetime.now(tz=UTC)

    done = [
        revoke_api_key(actor=SETUP, at=at, api_key=made, reason="leaked in a log") for _ in range(2)
    ]

    events = Event.objects.filter(action=Action.API_KEY_REVOKED)
    assert (done, [event.subject_id for event in events]) == ([True, False], [made.public_id])


def test_revoking_needs_a_reason(world: World) -> None:
    made = api_key(world.acme).api_key

    with pytest.raises(ValidationFailedError):
        revoke_api_key(actor=SETUP, at=datetime.now(tz=UTC), api_key=made, reason=" ")


@pytest.mark.django_db(transaction=True)
def test_key_made_while_its_partner_is_thrown_out_is_dead() -> None:
    """Issuance races with offboarding: whoever is first, nothing is alive afterwards."""
    world = make_world()

    def make() -> str:
        try:
            return api_key(world.acme).key
        except ValidationFailedError:
            return ""
        finally:
            connection.close()

    def throw_out() -> str:
        try:
            offboard(world)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(max_workers=8) as threads:
        begun = [threads.submit(throw_out if number == 3 else make) for number in range(8)]
        keys = [one.result() for one in begun]

    assert {KeyHolder(key).ask().status_code for key in keys if key} <= {401}


# --- From where -----------------------------------------------------------------------------------


def test_key_from_elsewhere_is_403_and_told(world: World) -> None:
    holder = KeyHolder(api_key(world.acme, networks=["192.0.2.0/24"]).key, ip="198.51.100.1")

    answer = holder.ask()

    event = Event.objects.get(action=Action.REQUEST_DENIED)
    assert problem(answer) == (403, "ip-not-allowed")
    assert (event.actor_id, event.data["code"]) == (
        ApiKey.objects.get().public_id,
        "ip-not-allowed",
    )
    assert TokenSession.objects.get(kind="api_key").last_used_at is None
    check_farewell(answer)


def test_header_of_the_callers_own_does_not_move_it_into_the_network(world: World) -> None:
    holder = KeyHolder(api_key(world.acme, networks=["192.0.2.0/24"]).key, ip="198.51.100.1")

    answer = holder.ask(**{"X-Forwarded-For": "192.0.2.1"})

    assert problem(answer) == (403, "ip-not-allowed")


def test_failures_are_limited_by_address_and_good_keys_are_not(holder: KeyHolder) -> None:
    guess = KeyHolder("csk_local_00000000_" + "A" * 43)

    answers = [guess.ask() for _ in range(FAILURES.most + 1)]

    assert [answer.status_code for answer in answers] == [401] * FAILURES.most + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= FAILURES.seconds
    assert holder.ask().status_code == 200
    assert KeyHolder(guess.key, ip="198.51.100.1").ask().status_code == 401


def test_well_formed_means_exactly_so() -> None:
    good = "csk_live_0a1b2c3d_" + "-_aZ9" * 8 + "abc"

    assert [key_is_well_formed(text) for text in (good, good + "\n", good[:-1], "")] == [
        True, False, False, False,
    ]  # fmt: skip


# --- The command and the admin --------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    call_command("create_api_key", *arguments, "--json")
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def test_command_prints_a_key_that_works(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    printed = run(
        capsys,
        *("--partner", world.acme.public_id, "--scope", "purchase_orders:read", "--days", "5"),
        *("--project", "OFFICE", "--name", "Old ERP"),
    )

    assert printed["networks"] == ["127.0.0.0/8", "::1/128"]
    assert printed["id"] == ApiKey.objects.get(name="Old ERP").public_id
    assert KeyHolder(printed["key"]).ask().status_code == 200
    assert KeyHolder(printed["key"], ip="::1").ask().status_code == 200


def test_command_takes_networks(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    printed = run(
        capsys,
        *("--partner", world.acme.public_id, "--scope", "purchase_orders:read", "--days", "5"),
        *("--network", "192.0.2.0/24", "--network", "198.51.100.7"),
    )

    assert printed["networks"] == ["192.0.2.0/24", "198.51.100.7/32"]


def test_command_needs_networks_outside_a_laptop(world: World, settings: Any) -> None:
    settings.ENVIRONMENT = "production"

    with pytest.raises(CommandError, match="names the networks"):
        call_command(
            "create_api_key", partner=world.acme.public_id, scopes=["projects:read"], days=5
        )


def test_staff_make_a_key_that_is_shown_once(world: World) -> None:
    browser = staff_browser(StaffRole.ONBOARDING_OFFICER)
    form = browser.get(page_of(ApiKey, "add")).context["form"]

    page = browser.post(
        page_of(ApiKey, "add"),
        {
            "once": form["once"].value(),
            "name": "Old ERP",
            "partner": str(world.acme.pk),
            "scopes": ["purchase_orders:read"],
            "days": "10",
            "networks": "127.0.0.0/8\n::1/128",
        },
    )

    key = page.context["key"]
    made = ApiKey.objects.get()
    record = browser.get(page_of(ApiKey, "change", made.pk)).content.decode()
    assert key in page.content.decode()
    assert (KeyHolder(key).ask().status_code, key in record) == (200, False)
    assert made.key_digest not in record


def test_staff_revoke_a_key(world: World) -> None:
    made = api_key(world.acme)
    browser = staff_browser(StaffRole.SECURITY_OFFICER)
    address = page_of(ApiKey, "revoke", made.api_key.pk)
    form = browser.get(address).context["form"]

    answer = browser.post(address, {"once": form["once"].value(), "reason": "It leaked"})
    listed = browser.get(page_of(ApiKey, "changelist")).content.decode()

    assert answer.status_code == 302
    assert (KeyHolder(made.key).ask().status_code, "ended" in listed) == (401, True)


def test_nobody_makes_keys_in_an_admin_where_they_are_off(settings: Any) -> None:
    settings.LEGACY_API_KEYS = False

    assert staff_browser().get(page_of(ApiKey, "add")).status_code == 403
