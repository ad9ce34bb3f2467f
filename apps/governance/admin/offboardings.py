"""The evidence of each offboarding, and how its dry run reads."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from apps.governance.models import Offboarding
from apps.governance.selectors import Plan
from apps.identity.admin.cells import link, tag, to, when
from apps.identity.admin.records import Facts, RecordAdmin, Table
from apps.identity.admin.trail import trail_table

# What there is, one and many, and what becomes of it.
MEANINGS = {
    "people": ("person", "people", "no sign-in any more"),
    "clients": ("client", "clients", "disabled for good"),
    "sessions": ("live session", "live sessions", "ended"),
    "access_tokens": ("access token", "access tokens", "refused"),
    "refresh_tokens": ("refresh token", "refresh tokens", "refused"),
    "authorization_codes": ("unredeemed code", "unredeemed codes", "refused"),
    "projects": ("project membership", "project memberships", "no access any more"),
    "open_orders": ("open order", "open orders", "stay as they are, for you to settle"),
    "owned_clients": ("owned client", "owned clients", "go on working, need a new owner"),
}


def _count_rows(counts: dict[str, int]) -> list[tuple[int, str, str]]:
    """How many of what, and what becomes of them; in the order above, whatever JSON keeps."""
    rows = []
    for kind, (one, many, outcome) in MEANINGS.items():
        if kind in counts:
            rows.append((counts[kind], one if counts[kind] == 1 else many, outcome))
    return rows


def plan_lines(plan: Plan) -> Sequence[str]:
    """What an offboarding would end, in words; what there is none of is said too."""
    lines = [f"{number} {what}: {outcome}" for number, what, outcome in _count_rows(plan.counts)]
    if plan.people:
        lines.append(f"People: {', '.join(plan.people)}")
    if plan.clients:
        lines.append(f"Clients: {', '.join(plan.clients)}")
    return [*lines, "This cannot be undone. The evidence is kept, and the trail stays whole."]


def report(evidence: Offboarding) -> dict[str, object]:
    """The evidence as JSON, for whoever has to keep it."""
    subject = evidence.partner or evidence.user
    return {
        "id": evidence.public_id,
        "subject": {"id": subject.public_id if subject else None, "label": str(subject)},
        "reason": evidence.reason,
        "by": {"id": evidence.actor_id, "label": evidence.actor_label},
        "counts": evidence.counts,
        "sessions_ended": evidence.sessions_ended,
        "started_at": evidence.started_at,
        "refused_after_ms": evidence.refused_after_ms,
        "finished_at": evidence.finished_at,
        "elapsed_ms": evidence.elapsed_ms,
    }


@admin.register(Offboarding)
class OffboardingAdmin(RecordAdmin[Offboarding]):
    list_display = ("public_id", "who", "actor_label", "started", "progress", "sessions_ended")
    list_select_related = ("partner", "user")
    search_fields = ("partner__name", "user__email", "actor_label", "reason")
    date_hierarchy = "started_at"
    empty_hint = "Nobody was thrown out yet. The page of a partner or person has “Offboard”."

    def title_of(self, evidence: Offboarding) -> str:
        return f"Offboarding of {evidence.partner or evidence.user}"

    @admin.display(description="Who")
    def who(self, evidence: Offboarding) -> str:
        return str(evidence.partner or evidence.user)

    @admin.display(description="When", ordering="started_at")
    def started(self, evidence: Offboarding) -> SafeString | str:
        return when(evidence.started_at)

    @admin.display(description="Progress")
    def progress(self, evidence: Offboarding) -> SafeString:
        return tag("finished", "good") if evidence.finished_at else tag("ending rows", "warn")

    def facts(self, _request: HttpRequest, evidence: Offboarding) -> Facts:
        download = reverse("admin:governance_offboarding_report", args=[evidence.pk])
        return (
            ("Who", to(evidence.partner or evidence.user)),
            ("Why", evidence.reason),
            ("By", evidence.actor_label),
            ("When", when(evidence.started_at)),
            ("Refused everywhere after", f"{evidence.refused_after_ms} ms"),
            ("Progress", self.progress(evidence)),
            ("Session rows ended", evidence.sessions_ended),
            ("Finished", when(evidence.finished_at)),
            ("Report", link("As JSON", download)),
        )

    def tables(self, request: HttpRequest, evidence: Offboarding) -> Sequence[Table]:
        subject = evidence.partner or evidence.user
        rows = _count_rows(evidence.counts)
        counts = Table("What there was", ("How many", "Of what", "Now"), rows, "Nothing.")
        if subject is None:
            return (counts,)
        return (counts, *trail_table(request, subject.public_id))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.report_view)
        own = path("<path:object_id>/report/", view, name="governance_offboarding_report")
        return [own, *super().get_urls()]

    def report_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        evidence = self.record_of(request, object_id)
        name = f"attachment; filename={evidence.public_id}.json"
        return JsonResponse(report(evidence), headers={"Content-Disposition": name})
