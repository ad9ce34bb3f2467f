"""The trail as staff read it: search, one event with its seal, the signed checkpoints."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.audit.events import Outcome
from apps.audit.models import Checkpoint, Event, Leaf
from apps.audit.selectors import events_naming, search_trail

NOT_SEALED = "not sealed yet"
RECENT = timedelta(days=1)

if TYPE_CHECKING:
    EventModelAdmin = admin.ModelAdmin[Event]
    CheckpointModelAdmin = admin.ModelAdmin[Checkpoint]
else:
    EventModelAdmin = CheckpointModelAdmin = admin.ModelAdmin


class ReadOnly:
    """Nobody adds, changes or deletes here, whatever their permissions say."""

    def has_add_permission(self, _request: HttpRequest, *_args: object) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _row: object = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: object = None) -> bool:
        return False


class Why(admin.SimpleListFilter):
    """The code of a refusal of the last day, or the signal of misuse it came with: the trail is
    too long for more.
    """

    title = "why refused, in the last 24 hours"
    parameter_name = "why"

    def lookups(self, _request: HttpRequest, _admin: object) -> list[tuple[str, str]]:
        told = _refused_lately().order_by().values_list("data__code", "private__signal").distinct()
        found = {why for pair in told for why in pair if why} | {self.value() or ""}
        return [(why, why) for why in sorted(found - {""})]

    def queryset(self, _request: HttpRequest, events: QuerySet[Event]) -> QuerySet[Event]:
        why = self.value()
        if not why:
            return events
        return events & _refused_lately().filter(Q(data__code=why) | Q(private__signal=why))


@admin.register(Event)
class EventAdmin(ReadOnly, EventModelAdmin):
    # Client and request are on the event's page, and found by the search.
    list_display = ["at", "what", "outcome", "actor", "subject", "sequence"]
    list_filter = ["outcome", Why, "actor_kind", "action"]
    list_select_related = ["leaf"]
    date_hierarchy = "at"
    search_fields = ["subject_id"]
    search_help_text = (
        "The exact id or number of what it is about, or of a client, actor, request, session, "
        "partner or event."
    )
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": ["public_id", "at", "action", "outcome", "subject", "subject_id"]}),
        ("Who", {"fields": ["actor", "actor_id", "client_id", "session_id", "request_id"]}),
        ("What", {"fields": ["shown_data", "shown_private"]}),
        ("Seal", {"fields": ["sequence", "leaf_hash"]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """By exact values only, each found by its index; the trail is too long for the rest."""
        term = search_term.strip()
        if not term or "\x00" in term:
            return super().get_search_results(request, queryset, "")
        return queryset & events_naming(term), False

    @admin.display(description="event")
    def public_id(self, event: Event) -> str:
        return event.public_id

    @admin.display(description="action", ordering="action")
    def what(self, event: Event) -> str:
        """With why it was refused."""
        said = event.get_action_display()
        if event.outcome != Outcome.DENIED:
            return said
        why = event.private.get("signal") or event.data.get("code")
        return f"{said}: {why}" if why else said

    @admin.display(description="actor", ordering="actor_id")
    def actor(self, event: Event) -> str:
        return f"{event.private.get('actor_label') or event.actor_id} ({event.actor_kind})"

    @admin.display(description="subject", ordering="subject_label")
    def subject(self, event: Event) -> str:
        return f"{event.subject_kind} {event.subject_label or event.subject_id}"

    @admin.display(description="what the partner may see")
    def shown_data(self, event: Event) -> str:
        return _pretty(event.data)

    @admin.display(description="the buyer's part")
    def shown_private(self, event: Event) -> str:
        return _pretty(event.private)

    @admin.display(description="in the log")
    def sequence(self, event: Event) -> int | str:
        leaf = _leaf(event)
        return leaf.sequence if leaf else NOT_SEALED

    @admin.display(description="leaf hash")
    def leaf_hash(self, event: Event) -> str:
        leaf = _leaf(event)
        return bytes(leaf.leaf_hash).hex() if leaf else NOT_SEALED


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnly, CheckpointModelAdmin):
    list_display = ["tree_size", "at", "root"]
    date_hierarchy = "at"
    fields = ["tree_size", "at", "root", "signature"]

    @admin.display(description="root hash")
    def root(self, checkpoint: Checkpoint) -> str:
        return bytes(checkpoint.root_hash).hex()


def _refused_lately() -> QuerySet[Event]:
    return search_trail(outcome=Outcome.DENIED, since=timezone.now() - RECENT)


def _leaf(event: Event) -> Leaf | None:
    return getattr(event, "leaf", None)


def _pretty(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
