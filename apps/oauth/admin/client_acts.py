"""What staff may do to a client: each a page that says what it will do, and one call inward."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.identity.admin.acts import Act, RecordForm, actor_of, clock
from apps.identity.admin.cells import many
from apps.oauth.admin.client_forms import KEYS, LISTS, SINGLE, ChangeForm, lives
from apps.oauth.admin.forms import RotateForm
from apps.oauth.admin.secrets import secret_page
from apps.oauth.models import Client, ClientStatus
from apps.oauth.models.clients import SECRET_METHODS, ClientEnvironment, ClientPeople
from apps.oauth.policy.reasons import read_reasons
from apps.oauth.selectors import live_sessions
from apps.oauth.services import (
    change_client,
    end_client_sessions,
    resume_client,
    rotate_api_key,
    rotate_secret,
    suspend_client,
)

Given = dict[str, Any]


def _live_sessions_end(client: Client) -> str:
    count = live_sessions(at=clock()).filter(client=client).count()
    return f"Ends at once, in every process: {many(count, 'live session')}."


def _suspend(request: HttpRequest, client: Client, given: Given) -> str:
    ended = suspend_client(
        actor=actor_of(request), at=clock(), client=client, reason=given["reason"]
    )
    return f"{client} is suspended; {many(ended, 'live session')} ended."


def _resume(request: HttpRequest, client: Client, given: Given) -> str:
    resume_client(actor=actor_of(request), at=clock(), client=client, reason=given["reason"])
    return f"{client} may ask for tokens again. No earlier session came back."


def _end_sessions(request: HttpRequest, client: Client, given: Given) -> str:
    ended = end_client_sessions(
        actor=actor_of(request), at=clock(), client=client, reason=given["reason"]
    )
    return f"{many(ended, 'live session')} of {client} ended. It may ask for new tokens."


def _rotate(request: HttpRequest, client: Client, given: Given) -> HttpResponseBase:
    rotated = rotate_secret(
        actor=actor_of(request),
        at=clock(),
        client=client,
        overlap=timedelta(hours=given["overlap_hours"]),
    )
    until = f"{rotated.previous_expires_at:%-d %b %Y, %H:%M} UTC"
    return secret_page(
        admin.site.get_model_admin(Client),
        request,
        title=f"New secret for {client}",
        client=client,
        secret=rotated.secret,
        note=f"The previous secret is accepted until {until}.",
    )


def _explain_suspend(_request: HttpRequest, client: Client) -> Sequence[object]:
    return (
        _live_sessions_end(client),
        "No new token is issued to this client until somebody resumes it.",
    )


def _explain_resume(_request: HttpRequest, _client: Client) -> Sequence[object]:
    return ("The client may ask for new tokens.", "No session from before comes back.")


def _explain_end(_request: HttpRequest, client: Client) -> Sequence[object]:
    return (
        _live_sessions_end(client),
        "The client stays active and may ask for new tokens.",
    )


def _explain_rotate(_request: HttpRequest, client: Client) -> Sequence[object]:
    lines = ["A new secret is made and shown once; the present one works on for the hours given."]
    if client.previous_secret and client.previous_secret_expires_at:
        until = f"{client.previous_secret_expires_at:%-d %b %Y, %H:%M} UTC"
        lines.append(f"The one before, still accepted until {until}, ends now: two live at most.")
    return lines


def _change(request: HttpRequest, client: Client, given: Given) -> str:
    kept = ("scopes", "redirect_uris", "expires_at", *KEYS, *SINGLE, *LISTS)
    changes = {name: given[name] for name in kept if name in given} | lives(given)
    added = [name for name in given["scopes"] if name not in client.allowed_scopes]
    changed = change_client(
        actor=actor_of(request),
        at=clock(),
        client=client,
        environment=ClientEnvironment(given["environment"] or client.environment),
        people=ClientPeople(given["people"] or client.people),
        reasons=read_reasons(given["reasons"], added),
        **changes,
    )
    missing = sorted(set(added) - set(changed.allowed_scopes))
    asked = f" A second person decides about {', '.join(missing)}." if missing else ""
    return f"{client} is changed. The trail says what was before.{asked}"


def _explain_change(_request: HttpRequest, client: Client) -> Sequence[object]:
    seconds = client.access_token_seconds
    return (
        f"A token that is out keeps its scopes until it expires, {seconds} seconds at most.",
        "What people gave is looked at again whenever the client refreshes.",
        "“End sessions” ends all of it at once.",
        "A restricted scope that you add waits for a second person.",
        "Any change but of scopes withdraws a request that waits already.",
    )


def _new_api_key(request: HttpRequest, client: Client, _given: Given) -> HttpResponseBase:
    key = rotate_api_key(actor=actor_of(request), at=clock(), client=client)
    return secret_page(
        admin.site.get_model_admin(Client),
        request,
        title=f"New API key for {client}",
        client=client,
        secret=None,
        api_key=key,
        note="The client sends it in the header X-API-Key, beside its other proof.",
    )


def _explain_api_key(_request: HttpRequest, client: Client) -> Sequence[object]:
    if client.api_key_hash:
        return ("A new key is made and shown once; the present one ends at once.",)
    return (
        "A key is made and shown once.",
        "From then on the client is refused at the token endpoint without it.",
    )


def _is_there(client: Client) -> bool:
    return client.status != ClientStatus.DISABLED


ACTS: Sequence[Act[Client]] = (
    Act(
        name="edit",
        step_up=True,
        label="Change",
        permission="oauth.change_client",
        explain=_explain_change,
        perform=_change,
        form=ChangeForm,
        applies=_is_there,
    ),
    Act(
        name="rotate",
        step_up=True,
        label="Rotate secret",
        permission="oauth.change_client",
        explain=_explain_rotate,
        perform=_rotate,
        form=RotateForm,
        applies=lambda client: (
            client.token_endpoint_auth_method in SECRET_METHODS and _is_there(client)
        ),
    ),
    Act(
        name="api-key",
        step_up=True,
        label="New API key",
        permission="oauth.change_client",
        explain=_explain_api_key,
        perform=_new_api_key,
        form=RecordForm,
        applies=lambda client: not client.is_public and _is_there(client),
    ),
    Act(
        name="resume",
        step_up=True,
        label="Resume",
        permission="oauth.change_client",
        explain=_explain_resume,
        perform=_resume,
        applies=lambda client: client.status == ClientStatus.SUSPENDED,
    ),
    Act(
        name="end-sessions",
        label="End sessions",
        permission="oauth.change_client",
        explain=_explain_end,
        perform=_end_sessions,
        takes_away=True,
        applies=lambda client: client.status == ClientStatus.ACTIVE,
    ),
    Act(
        name="suspend",
        label="Suspend",
        permission="oauth.change_client",
        explain=_explain_suspend,
        perform=_suspend,
        takes_away=True,
        applies=lambda client: client.status == ClientStatus.ACTIVE,
    ),
)
