"""What staff do to a purchasing policy: write its next version, retire it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.governance.admin.policy_forms import NextVersionForm, chosen_terms
from apps.identity.admin.acts import Act, actor_of, clock, tell
from apps.identity.admin.cells import record_url
from apps.projects.models import PurchasingPolicy
from apps.projects.services import add_policy_version, retire_policy

Given = dict[str, Any]
CHANGE = "projects.change_purchasingpolicy"
TIGHTER = "What is forbidden anew counts at the next request, in every process."
LOOSER = "What is allowed anew counts for sessions granted a minute later, never for older ones."


def _add_version(request: HttpRequest, policy: PurchasingPolicy, given: Given) -> HttpResponseBase:
    version = add_policy_version(
        actor=actor_of(request),
        at=clock(),
        policy=policy,
        terms=chosen_terms(given),
        reason=given["reason"],
        effective_from=given["effective_from"],
        based_on=given["based_on"],
    )
    tell(request, f"Version {version.version} is written. This is what it changes.")
    return redirect(record_url(version))


def _retire(request: HttpRequest, policy: PurchasingPolicy, given: Given) -> str:
    retire_policy(actor=actor_of(request), at=clock(), policy=policy, reason=given["reason"])
    return f"{policy} is retired. Sessions granted before are still bound by it."


def _explain_version(_request: HttpRequest, _policy: PurchasingPolicy) -> Sequence[object]:
    return (TIGHTER, LOOSER)


def _explain_retiring(_request: HttpRequest, policy: PurchasingPolicy) -> Sequence[object]:
    return (
        f"Sessions granted from now on are not bound by {policy}. Older ones still are.",
        "A retired policy does not come back: another is added in its place.",
        "The other one counts what is spent from nothing on.",
    )


def _stands(policy: PurchasingPolicy) -> bool:
    return policy.retired_at is None


ACTS: Sequence[Act[PurchasingPolicy]] = (
    Act(
        name="write-version",
        step_up=True,
        label="Write a new version",
        permission=CHANGE,
        explain=_explain_version,
        perform=_add_version,
        form=NextVersionForm,
        applies=_stands,
    ),
    Act(
        name="retire",
        step_up=True,
        label="Retire",
        permission=CHANGE,
        explain=_explain_retiring,
        perform=_retire,
        applies=_stands,
    ),
)
