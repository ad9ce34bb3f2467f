"""The trail in the admin: found, read, never touched."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.events import Action, actions
from apps.audit.models import Checkpoint, Event, Leaf, PendingEvent
from apps.core.ids import encode_id
from tests.factories.audit import events, new_event, signed_log
from tests.factories.world import person

pytestmark = pytest.mark.django_db

EVENTS = "admin:audit_event_changelist"
CHECKPOINTS = "admin:audit_checkpoint_changelist"


@pytest.fixture
def admin() -> Client:
    browser = Client()
    browser.force_login(person("root@buyer.example", is_staff=True, is_superuser=True))
    browser.get(reverse("admin:index"))
    return browser


def shown(admin: Client, **query: str) -> list[Event]:
    return list(admin.get(reverse(EVENTS), query).context["cl"].result_list)


def test_the_trail_is_shown_newest_first_with_each_seal(admin: Client) -> None:
    (sealed,) = signed_log(1)
    (waiting,) = events(1)

    page = admin.get(reverse(EVENTS)).content.decode()

    # The oldest event is the opening of the staff session itself.
    assert [event.pk for event in shown(admin)][:2] == [waiting.pk, sealed.pk]
    assert re.findall('class="field-sequence">([^<]*)<', page) == ["not sealed yet", "1", "0"]


@pytest.mark.parametrize(
    "term_of",
    (
        lambda event: event.subject_id,
        lambda event: f"  {event.request_id} ",
        lambda event: encode_id("ses", event.session_id),
        lambda event: event.subject_label,
    ),
)
def test_an_event_is_found_by_what_people_have_in_hand(
    admin: Client, term_of: Callable[[Event], str]
) -> None:
    wanted = new_event(subject_label="PO-7")
    wanted.save()
    events(2)

    assert shown(admin, q=term_of(wanted)) == [wanted]


def test_a_search_for_what_cannot_be_is_no_error(admin: Client) -> None:
    events(1)

    assert shown(admin, q="nothing of the kind") == []
    assert admin.get(reverse(EVENTS), {"q": "\x00"}).status_code == 200


def test_refusals_are_told_and_found_by_why(admin: Client) -> None:
    wanted, other = (
        events(1, outcome="denied", action=Action.REQUEST_DENIED, data={"code": code})[0]
        for code in ("spend-limit-exceeded", "not-found")
    )

    page = admin.get(reverse(EVENTS), {"outcome__exact": "denied"})

    assert [event.pk for event in page.context["cl"].result_list] == [other.pk, wanted.pk]
    assert re.findall(r"Request Denied: ([a-z-]+)", page.content.decode()) == [
        "not-found",
        "spend-limit-exceeded",
    ]
    assert shown(admin, why="spend-limit-exceeded") == [wanted]


def test_the_list_costs_the_same_at_one_and_at_three_events(admin: Client) -> None:
    counts = []
    for _ in range(2):
        signed_log(1)
        events(1)
        with CaptureQueriesContext(connection) as queries:
            admin.get(reverse(EVENTS))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_one_event_is_shown_with_both_parts_and_its_leaf(admin: Client) -> None:
    (event,) = signed_log(1)

    page = admin.get(reverse("admin:audit_event_change", args=[event.pk])).content.decode()

    assert event.public_id in page
    assert "purchase_orders:create" in page
    assert "192.0.2.1" in page
    assert bytes(event.leaf.leaf_hash).hex() in page
    assert event.salt not in page


def test_one_waiting_event_says_so(admin: Client) -> None:
    (event,) = events(1)

    page = admin.get(reverse("admin:audit_event_change", args=[event.pk])).content.decode()

    assert page.count("not sealed yet") == 2


def test_checkpoints_are_shown_with_root_and_signature(admin: Client) -> None:
    signed_log(3)
    checkpoint = Checkpoint.objects.get()

    listed = admin.get(reverse(CHECKPOINTS)).content.decode()
    page = admin.get(
        reverse("admin:audit_checkpoint_change", args=[checkpoint.pk])
    ).content.decode()

    assert bytes(checkpoint.root_hash).hex() in listed
    assert checkpoint.signature in page


@pytest.mark.parametrize("name", ("event", "checkpoint"))
def test_nothing_of_the_trail_can_be_added_changed_or_deleted(admin: Client, name: str) -> None:
    (event,) = signed_log(1)
    key = event.pk if name == "event" else 1

    answers = [
        admin.get(reverse(f"admin:audit_{name}_add")).status_code,
        admin.post(reverse(f"admin:audit_{name}_change", args=[key]), {}).status_code,
        admin.post(reverse(f"admin:audit_{name}_delete", args=[key]), {"post": "yes"}).status_code,
    ]

    assert answers == [403, 403, 403]


def test_staff_without_the_permission_see_nothing_of_it() -> None:
    browser = Client()
    browser.force_login(person("viewer@buyer.example", is_staff=True))

    assert browser.get(reverse(EVENTS)).status_code == 403


def test_rows_call_themselves_by_their_place() -> None:
    (event,) = signed_log(1)

    assert str(Leaf(sequence=4)) == "4"
    assert str(PendingEvent(event=event)) == str(event.pk)


def test_an_action_may_be_added_without_a_migration() -> None:
    choices = Event._meta.get_field("action").choices  # noqa: SLF001 -- Django's documented name

    assert list(choices) == actions() == Action.choices
