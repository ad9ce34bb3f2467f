"""A client's page with what limits its orders. It stands here because clients know no orders."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from apps.governance.admin.simulating import SIMULATE, SIMULATE_PAGE
from apps.identity.admin.records import Table
from apps.oauth.admin.clients import ClientAdmin
from apps.oauth.models import Client
from apps.procurement.admin.spending import client_spending


@admin.register(Client)
class LimitedClientAdmin(ClientAdmin):
    def tables(self, request: HttpRequest, client: Client) -> Sequence[Table]:
        return (*super().tables(request, client), *client_spending(request, client))

    def pages(self, request: HttpRequest, client: Client) -> Sequence[tuple[str, str]]:
        asked = f"{reverse(SIMULATE_PAGE)}?{urlencode({'of': client.client_id})}"
        return (*super().pages(request, client), (SIMULATE, asked))
