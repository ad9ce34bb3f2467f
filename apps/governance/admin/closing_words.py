"""How a closing reads, on its page and as JSON."""

from django.utils.safestring import SafeString

from apps.governance.models import ProjectClosing
from apps.identity.admin.cells import tag

ENDED = {
    "sessions_ended": "sessions ended",
    "sessions_narrowed": "sessions go on in other projects",
    "api_keys": "API keys revoked",
    "consents": "standing consents no longer cover it",
    "requests": "requests that waited for an answer refused",
}


def report(closing: ProjectClosing) -> dict[str, object]:
    """The evidence as JSON, for whoever has to keep it."""
    project = closing.project
    return {
        "id": closing.public_id,
        "project": {"id": project.public_id, "label": str(project)},
        "reason": closing.reason,
        "by": {"id": closing.actor_id, "label": closing.actor_label},
        "blockers": closing.blockers,
        "wind_down_until": closing.wind_down_until,
        **ended(closing),
        "started_at": closing.started_at,
        "refused_after_ms": closing.refused_after_ms,
        "finished_at": closing.finished_at,
        "elapsed_ms": closing.elapsed_ms,
    }


def ended(closing: ProjectClosing) -> dict[str, int]:
    of_sessions = {
        "sessions_ended": closing.sessions_ended,
        "sessions_narrowed": closing.sessions_narrowed,
    }
    return {**of_sessions, **closing.counts}


def progress_of(closing: ProjectClosing) -> SafeString:
    return tag("finished", "good") if closing.finished_at else tag("ending rows", "warn")


def how_of(closing: ProjectClosing) -> str:
    return "wind-down" if closing.wind_down_until else "closed"
