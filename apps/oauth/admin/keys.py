"""Signing keys: what signs tokens now and what did; rotating one and taking one away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.acts import Act, RecordForm, actor_of, clock
from apps.identity.admin.cells import code, tag, when
from apps.identity.admin.records import Facts, RecordAdmin, Table
from apps.identity.admin.trail import trail_table
from apps.oauth.models import SigningKey
from apps.oauth.services.keys import revoke_key, rotate_keys

PERMISSION = "oauth.change_signingkey"
State = SigningKey.State
TONES = {State.ACTIVE: "good", State.REVOKED: "bad"}


def _rotate(request: HttpRequest, key: SigningKey, _given: dict[str, Any]) -> str:
    done = rotate_keys(actor=actor_of(request), at=clock(), early=True, algorithms=[key.algorithm])
    if done["activated"]:
        return f"The next {key.algorithm} key takes over; what the one before it signed stays good."
    if done["created"]:
        return f"The next {key.algorithm} key is published. It takes over in a day."
    return "Nothing was done: the next key was published less than ten minutes ago."


def _explain_rotate(_request: HttpRequest, key: SigningKey) -> Sequence[object]:
    return (
        f"A next {key.algorithm} key is published and takes over in a day.",
        "If one has been published for ten minutes already, it takes over now.",
        "What this key has signed stays good until it expires.",
    )


def _revoke(request: HttpRequest, key: SigningKey, given: dict[str, Any]) -> str:
    revoke_key(actor=actor_of(request), at=clock(), kid=key.kid, reason=given["reason"])
    return f"{key} is revoked: nothing it signed is accepted any more."


def _explain_revoke(_request: HttpRequest, key: SigningKey) -> Sequence[object]:
    lines = ["Every token this key has signed is refused, in every process within 15 seconds."]
    if key.state == State.ACTIVE:
        lines.append("A fresh key signs from now on; one that waits as the next is revoked too.")
    return [*lines, "Do this when the key may have leaked. To replace it in peace, rotate it."]


def _published_until(key: SigningKey) -> datetime | None:
    if key.state != State.RETIRED or key.retired_at is None or key.published_for is None:
        return None
    return key.retired_at + key.published_for


@admin.register(SigningKey)
class SigningKeyAdmin(RecordAdmin[SigningKey]):
    """The private part is on no page of this class and is not even read."""

    list_display = ("id_cell", "algorithm", "state_cell", "created", "activated", "retired")
    list_filter = ("algorithm", "state")
    search_fields = ("kid",)
    ordering = ("-created_at",)
    empty_hint = "No key yet. `manage.py migrate` makes the first ones."
    acts: ClassVar[Sequence[Act[SigningKey]]] = (
        Act(
            name="rotate",
            step_up=True,
            label="Rotate now",
            permission=PERMISSION,
            explain=_explain_rotate,
            perform=_rotate,
            form=RecordForm,
            applies=lambda key: key.state == State.ACTIVE,
        ),
        Act(
            name="revoke",
            step_up=True,
            label="Revoke",
            permission=PERMISSION,
            explain=_explain_revoke,
            perform=_revoke,
            takes_away=True,
            applies=lambda key: key.state != State.REVOKED,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SigningKey]:
        return super().get_queryset(request).defer("private_jwk")

    @admin.display(description="Key id", ordering="kid")
    def id_cell(self, key: SigningKey) -> SafeString | str:
        return code(key.kid)

    @admin.display(description="State", ordering="state")
    def state_cell(self, key: SigningKey) -> SafeString:
        return tag(key.state, TONES.get(State(key.state), "plain"))

    @admin.display(description="Created", ordering="created_at")
    def created(self, key: SigningKey) -> SafeString | str:
        return when(key.created_at)

    @admin.display(description="Used from", ordering="activated_at")
    def activated(self, key: SigningKey) -> SafeString | str:
        return when(key.activated_at)

    @admin.display(description="Used until", ordering="retired_at")
    def retired(self, key: SigningKey) -> SafeString | str:
        return when(key.retired_at)

    def facts(self, _request: HttpRequest, key: SigningKey) -> Facts:
        return (
            ("State", self.state_cell(key)),
            ("Key id", code(key.kid)),
            ("Algorithm", key.algorithm),
            ("Published from", when(key.created_at)),
            ("Used from", when(key.activated_at)),
            ("Used until", when(key.retired_at)),
            ("Published until", when(_published_until(key))),
        )

    def tables(self, request: HttpRequest, key: SigningKey) -> Sequence[Table]:
        return trail_table(request, key.kid)
