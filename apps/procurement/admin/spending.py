"""Spend against limits, on the pages of what the limits are of."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.ids import decode_id
from apps.core.money import written
from apps.identity.admin.acts import clock
from apps.identity.admin.cells import link, list_url, record_url, stack, sum_of, to
from apps.identity.admin.records import Table
from apps.oauth.models import Client, TokenSession
from apps.partners.models import Partner, PartnerKind
from apps.procurement.admin.decisions import source_of
from apps.procurement.models import SpendAccount
from apps.procurement.policy.purchasing import Limit, LimitKind, Source, SourceKind
from apps.procurement.policy.purchasing.documents import source_document
from apps.procurement.services.purchasing.shown import ShownLimit
from apps.procurement.services.purchasing.standing import limits_of_clients, limits_of_project
from apps.projects.models import Project

TITLE = "Spend against limits"
OVER = "Spent by sessions that are over"
HEAD = ("Whose word", "Limit", "Remaining", "Used", "Of")
VIEW = "procurement.view_purchaseorder"
MOST_CLIENTS = 10
KINDS = {
    "per_order": "one order",
    "per_period": "in {days} days",
    "total": "altogether",
    "budget": "for the project",
}
METER = '<meter min="0" max="100" high="80" optimum="0" value="{0}">{1} %</meter> {1} %'
NOT_KNOWN = "not known: no exchange rate"


def project_spending(request: HttpRequest, project: Project) -> Sequence[Table]:
    """Nothing for somebody who may not see orders. What sessions that are over spent is folded."""
    if not request.user.has_perm(VIEW):
        return ()
    limits = limits_of_project(project, at=clock())
    sessions = _sessions([*limits.now, *limits.over])
    now, over = ([_row(one, sessions) for one in part] for part in (limits.now, limits.over))
    empty = "Nothing limits what is bought here: no budget, no policy, no token's own limits."
    ledger = list_url(SpendAccount, f"project__id__exact={project.pk}")
    spent = Table(TITLE, HEAD, now, empty, ledger, cards=True)
    return (spent, Table(OVER, HEAD, over, "", folded=True, cards=True)) if over else (spent,)


def partner_spending(request: HttpRequest, partner: Partner) -> Sequence[Table]:
    """What its clients are held to, for a partner that buys."""
    if partner.kind == PartnerKind.VENDOR or not request.user.has_perm(VIEW):
        return ()
    return _of_clients(partner.clients.order_by("name")[:MOST_CLIENTS])


def client_spending(request: HttpRequest, client: Client) -> Sequence[Table]:
    """What a token that it is granted now would be held to, if it is no vendor's."""
    sells = client.partner is not None and client.partner.kind == PartnerKind.VENDOR
    if sells or not request.user.has_perm(VIEW):
        return ()
    return _of_clients([client])


def _of_clients(clients: Iterable[Client]) -> Sequence[Table]:
    limits = limits_of_clients(clients, at=clock())
    projects = Project.objects.in_bulk({shown.project for shown in limits})
    sessions = _sessions(limits)
    rows = [(to(projects[shown.project]), *_row(shown, sessions)) for shown in limits]
    empty = "Nothing limits what is bought: no budget and no policy."
    return (Table(TITLE, ("Project", *HEAD), rows, empty, cards=True),)


def _sessions(limits: Iterable[ShownLimit]) -> dict[UUID, TokenSession]:
    """Those whose tokens' own limits are among these, by one statement."""
    sources = (one.rule.source for one in limits)
    keys = {_key(source) for source in sources if source.kind == SourceKind.TOKEN}
    rows = TokenSession.objects.select_related("client", "user")
    return rows.in_bulk([key for key in keys if key])


def _key(source: Source) -> UUID | None:
    return decode_id(TokenSession.id_prefix, source.id)


def _row(shown: ShownLimit, sessions: Mapping[UUID, TokenSession]) -> tuple[object, ...]:
    limit, left = shown.limit, shown.remaining
    return (
        _whose(shown.rule.source, sessions),
        KINDS[limit.kind].format(days=limit.days),
        NOT_KNOWN if left is None else sum_of(written(left, limit.currency)),
        _used(limit, shown.used),
        sum_of(written(limit.amount, limit.currency)),
    )


def _whose(source: Source, sessions: Mapping[UUID, TokenSession]) -> object:
    """A policy or project by its name; a token's own limits by who was granted them, and when."""
    key = _key(source) if source.kind == SourceKind.TOKEN else None
    session = sessions.get(key) if key else None
    if session is None:
        return source_of(source_document(source))
    granted = f"session of {session.granted_at:%-d %b %Y}"
    return stack((to(session.client or session.user), link(granted, record_url(session))))


def _used(limit: Limit, used: Decimal | None) -> SafeString | str:
    """The amount, and a bar that says its number too."""
    if limit.kind == LimitKind.PER_ORDER:
        return "each order anew"
    if used is None:
        return NOT_KNOWN
    percent = int(100 * used / limit.amount) if limit.amount else 100
    amount = sum_of(written(used, limit.currency))
    return stack((amount, format_html(METER, min(percent, 100), percent)))
