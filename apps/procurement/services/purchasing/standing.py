"""What is spent of the limits that stand, for staff: of a project, of a partner's clients."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery

from apps.core.actor import Actor, ActorKind
from apps.oauth.models import Client, TokenSession
from apps.oauth.selectors import client_at_grant
from apps.procurement.models import SpendAccount
from apps.procurement.policy.purchasing import RuleBook, remaining
from apps.procurement.policy.purchasing.assembling import (
    rule_of_project,
    rule_of_version,
    rules_of_token,
)
from apps.procurement.services.purchasing.callers import actor_of_session
from apps.procurement.services.purchasing.shown import ShownLimit, limits_in
from apps.procurement.services.purchasing.unopened import spent_in
from apps.projects.models import PolicyVersion, Project, PurchasingPolicy
from apps.projects.selectors import effective_at

MOST_SESSIONS = 10


def limits_of_project(project: Project, *, at: datetime) -> list[ShownLimit]:
    """Of every policy that speaks of the project now, whomever it is for, of its budget, and of
    the sessions that spent there last and have limits of their own.
    """
    rules = [rule_of_version(version) for version in _versions(project, at)]
    rules.append(rule_of_project(project, ()))
    for session in _spending_sessions(project):
        rules += rules_of_token(actor_of_session(session), project.pk)
    entity = project.buyer_entity
    book = RuleBook(
        project=project.pk,
        buyer_entity=entity.pk,
        base_currency=entity.base_currency,
        timezone=entity.timezone,
        rules=tuple(rules),
    )
    spent = spent_in([book], at=at)
    return [
        ShownLimit(project=project.pk, rule=rule, limit=limit, remaining=remaining(limit, spent))
        for rule in rules
        for limit in rule.limits
    ]


def limits_of_clients(clients: Iterable[Client], *, at: datetime) -> list[ShownLimit]:
    """What a token that each of them were granted now would be held to, each limit once."""
    found: dict[object, ShownLimit] = {}
    for client in clients:
        for shown in _of_client(client, at):
            found.setdefault((shown.project, shown.rule.source, shown.limit), shown)
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
    )
    yield from limits_in(granted.projects, actor=actor, at=at)


def _versions(project: Project, at: datetime) -> Iterable[PolicyVersion]:
    policies = PurchasingPolicy.objects.filter(
        Q(project__isnull=True) | Q(project=project),
        Q(retired_at__isnull=True) | Q(retired_at__gt=at),
        buyer_entity=project.buyer_entity_id,
    )
    in_effect = Subquery(effective_at(at, OuterRef("policy")).values("pk")[:1])
    versions = PolicyVersion.objects.filter(policy__in=policies, pk=in_effect)
    return versions.select_related("policy").order_by("policy__name")


def _spending_sessions(project: Project) -> Iterable[TokenSession]:
    accounts = SpendAccount.objects.filter(project=project, session__isnull=False)
    newest = accounts.order_by("-updated_at").values_list("session", flat=True)
    # One session may have accounts in several currencies.
    chosen = set(newest[:MOST_SESSIONS])
    sessions = TokenSession.objects.filter(pk__in=chosen).select_related("client", "partner")
    return sessions.order_by("-id")
