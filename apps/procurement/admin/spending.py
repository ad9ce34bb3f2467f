"""Spend against limits, on the pages of what the limits are of."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.identity.admin.acts import clock
from apps.identity.admin.cells import list_url, to
from apps.identity.admin.records import Table
from apps.oauth.models import Client
from apps.partners.models import Partner, PartnerKind
from apps.procurement.admin.decisions import source_of
from apps.procurement.models import SpendAccount
from apps.procurement.money import amount
from apps.procurement.policy.purchasing import Limit, LimitKind
from apps.procurement.policy.purchasing.documents import source_document
from apps.procurement.services.purchasing.shown import ShownLimit
from apps.procurement.services.purchasing.standing import limits_of_clients, limits_of_project
from apps.projects.models import Project

TITLE = "Spend against limits"
HEAD = ("Whose word", "Limit", "Of", "Used", "Remaining")
VIEW = "procurement.view_purchaseorder"
MOST_CLIENTS = 10
KINDS = {
    "per_order": "one order",
    "per_period": "in {days} days",
    "total": "altogether",
    "budget": "for the project",
}
METER = '<meter min="0" max="100" high="80" optimum="0" value="{0}">{0} %</meter> {0} %'


def project_spending(request: HttpRequest, project: Project) -> Sequence[Table]:
    """Nothing for somebody who may not see orders."""
    if not request.user.has_perm(VIEW):
        return ()
    rows = [_row(shown) for shown in limits_of_project(project, at=clock())]
    empty = "Nothing limits what is bought here: no budget, no policy, no token's own limits."
    query = f"project__id__exact={project.pk}"
    return (Table(TITLE, HEAD, rows, empty, list_url(SpendAccount, query)),)


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
    rows = [(to(projects[shown.project]), *_row(shown)) for shown in limits]
    empty = "Nothing limits what is bought: no budget and no policy."
    return (Table(TITLE, ("Project", *HEAD), rows, empty),)


def _row(shown: ShownLimit) -> tuple[object, ...]:
    limit, left = shown.limit, shown.remaining
    return (
        source_of(source_document(shown.rule.source)),
        KINDS[limit.kind].format(days=limit.days),
        _money(limit.amount, limit),
        _used(limit, left),
        _money(left, limit) if left is not None else "not known: no exchange rate",
    )


def _money(value: Decimal, limit: Limit) -> str:
    return f"{limit.currency} {amount(value, limit.currency)}"


def _used(limit: Limit, left: Decimal | None) -> SafeString | str:
    """A bar that says its number too."""
    if limit.kind == LimitKind.PER_ORDER:
        return "each order anew"
    if left is None:
        return "not known"
    percent = int(100 * (1 - left / limit.amount)) if limit.amount else 100
    return format_html(METER, percent)
