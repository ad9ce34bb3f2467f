"""What is spent of the limits that stand, for staff: of a project, of a partner's clients."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.actor import Actor, ActorKind
from apps.oauth.models import Client, TokenSession
from apps.oauth.selectors import client_at_grant, live_sessions
from apps.procurement.models import SpendAccount
from apps.procurement.policy.purchasing import Rule, RuleBook
from apps.procurement.policy.purchasing.assembling import (
    rule_of_project,
    rule_of_version,
    rules_of_token,
)
from apps.procurement.services.purchasing.callers import actor_of_session
from apps.procurement.services.purchasing.shown import ShownLimit, limits_in, shown
from apps.procurement.services.purchasing.unopened import spent_in
from apps.projects.models import Project
from apps.projects.selectors.bearing import versions_on

# Of the accounts in which something changed last, so many are looked at.
MOST_ACCOUNTS = 500
MOST_SESSIONS = 10


@dataclass(frozen=True)
class ProjectLimits:
    """What is spent ``now`` counts towards, and what sessions that are ``over`` had spent."""

    now: list[ShownLimit]
    over: list[ShownLimit]


def limits_of_project(project: Project, *, at: datetime) -> ProjectLimits:
    """Of every policy that speaks of the project now, whomever it is for, of its budget, and of
    the sessions that spent there last and have limits of their own.
    """
    standing = [rule_of_version(version) for version in versions_on(project, at=at)]
    standing.append(rule_of_project(project, ()))
    live, ended = _sessions_of(project, at)
    standing += _rules_of(project, live)
    over = _rules_of(project, ended)
    entity = project.buyer_entity
    book = RuleBook(
        project=project.pk,
        buyer_entity=entity.pk,
        base_currency=entity.base_currency,
        timezone=entity.timezone,
        rules=(*standing, *over),
    )
    spent = spent_in([book], at=at)
    return ProjectLimits(*([*shown(project.pk, rules, spent)] for rules in (standing, over)))


def limits_of_clients(clients: Iterable[Client], *, at: datetime) -> list[ShownLimit]:
    """What a token that each of them were granted now would be held to, each limit once."""
    found: dict[object, ShownLimit] = {}
    for client in clients:
        for one in _of_client(client, at):
            found.setdefault((one.project, one.rule.source, one.limit), one)
    return list(found.values())


def _of_client(client: Client, at: datetime) -> Iterator[ShownLimit]:
    granted = client_at_grant(client.client_id, at=at)
    if granted is None or not granted.projects:
        return
    actor = Actor(
        kind=ActorKind.CLIENT,
        id=client.client_id,
        label=client.name,
        client_id=client.client_id,
        partner_id=client.partner_id,
        role=client.role,
        granted_at=granted.granted_at,
    )
    yield from limits_in(granted.projects, actor=actor, at=at)


def _sessions_of(project: Project, at: datetime) -> tuple[list[UUID], list[UUID]]:
    """The sessions that spent there last, those that live and the others. Which live is asked of
    these alone, for the platform has many more.
    """
    accounts = SpendAccount.objects.filter(project=project, session__isnull=False)
    newest = accounts.order_by("-updated_at").values_list("session_id", flat=True)
    # One session may have accounts in several currencies.
    spent = [*dict.fromkeys(newest[:MOST_ACCOUNTS])]
    live = {*live_sessions(at=at).filter(pk__in=spent).values_list("pk", flat=True)}
    standing = [key for key in spent if key in live]
    over = [key for key in spent if key not in live]
    return standing[:MOST_SESSIONS], over[:MOST_SESSIONS]


def _rules_of(project: Project, chosen: Collection[UUID]) -> list[Rule]:
    """The own limits of these sessions."""
    sessions = TokenSession.objects.filter(pk__in=chosen).select_related("client", "partner")
    return [
        rule
        for session in sessions.order_by("-id")
        for rule in rules_of_token(actor_of_session(session), project.pk)
    ]
