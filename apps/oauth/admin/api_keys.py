"""Legacy API keys: making one, seeing who still uses which, ending one."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from apps.identity.admin.acts import Act, OnceForm, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import code, codes, link, list_url, record_url, stack, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.oauth.admin.forms import Choice
from apps.oauth.admin.tables import client_table
from apps.oauth.models import ApiKey, Client
from apps.oauth.policy.api_keys import MOST_DAYS
from apps.oauth.scopes import CATALOGUE, Tier
from apps.oauth.selectors import live_sessions
from apps.oauth.services.api_keys import create_api_key, revoke_api_key
from apps.partners.models import Partner
from apps.partners.states import PartnerStatus
from apps.projects.models import Project
from apps.projects.states import ProjectStatus

# Whoever lets clients in or holds them does the same with keys.
VIEW, ADD, CHANGE = "oauth.view_client", "oauth.add_client", "oauth.change_client"


def scopes_for_keys() -> list[tuple[str, list[Choice]]]:
    """The catalogue without what no key holds."""
    return [
        (
            tier.capitalize(),
            [
                (scope.name, f"{scope.title} ({scope.name})")
                for scope in CATALOGUE.values()
                if scope.tier == tier and not scope.people_only and scope.name != "offline_access"
            ],
        )
        for tier in (Tier.NORMAL, Tier.SENSITIVE)
    ]


class ApiKeyForm(OnceForm):
    name = forms.CharField(max_length=255, help_text="Which program of the partner's uses it.")
    partner = forms.ModelChoiceField(Partner.objects.filter(status=PartnerStatus.ACTIVE))
    scopes = forms.MultipleChoiceField(choices=scopes_for_keys, widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(
        label="Days until it ends", min_value=1, max_value=MOST_DAYS, initial=30
    )
    networks = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="From where it is used, one network per line, such as 192.0.2.0/24.",
    )
    projects = forms.ModelMultipleChoiceField(
        Project.objects.filter(status__in=(ProjectStatus.OPEN, ProjectStatus.CLOSING)),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: every project that is open to the partner now.",
    )


def _revoke(request: HttpRequest, api_key: ApiKey, given: dict[str, Any]) -> str:
    ended = revoke_api_key(
        actor=actor_of(request), at=clock(), api_key=api_key, reason=given["reason"]
    )
    return f"{api_key} {'is revoked' if ended else 'had ended already'}."


def _explain(_request: HttpRequest, api_key: ApiKey) -> Sequence[object]:
    return (
        f"The next request of {api_key.partner} with it is refused, in every process.",
        "No key comes back. A client of the partner's, if it has one, goes on working.",
    )


@admin.register(ApiKey)
class ApiKeyAdmin(AddableAdmin[ApiKey]):
    """The digest is on no page of this class."""

    list_display = ("name", "prefix_cell", "partner", "state", "used", "ends")
    list_select_related = ("partner", "session")
    search_fields = ("name", "prefix", "partner__name")
    empty_hint = "No API key, and none is needed: clients use OAuth."
    add_form = ApiKeyForm
    step_up = True
    add_title = "Make an API key"
    add_button = "Make the key"
    add_intro = "For a program that cannot do OAuth yet. A client is better: register one instead."
    acts: ClassVar[Sequence[Act[ApiKey]]] = (
        Act(
            name="revoke",
            label="Revoke",
            permission=CHANGE,
            explain=_explain,
            perform=_revoke,
            takes_away=True,
            applies=lambda api_key: api_key.session.ended_at is None,
        ),
    )

    def has_view_permission(self, request: HttpRequest, _obj: ApiKey | None = None) -> bool:
        return request.user.has_perm(VIEW)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(VIEW)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return settings.LEGACY_API_KEYS and request.user.has_perm(ADD)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        live = live_sessions(at=clock()).filter(pk=OuterRef("session"))
        rows = super().get_queryset(request).defer("key_digest")
        return rows.select_related("partner", "session").annotate(is_live=Exists(live))

    @admin.display(description="Key", ordering="prefix")
    def prefix_cell(self, api_key: ApiKey) -> SafeString | str:
        return code(f"{api_key.prefix}_…")

    @admin.display(description="State")
    def state(self, api_key: ApiKey) -> SafeString:
        if getattr(api_key, "is_live", False):
            return tag("live")
        return tag("ended" if api_key.session.ended_at else "over")

    @admin.display(description="Last used", ordering="session__last_used_at")
    def used(self, api_key: ApiKey) -> SafeString | str:
        return when(api_key.session.last_used_at)

    @admin.display(description="Ends", ordering="session__expires_at")
    def ends(self, api_key: ApiKey) -> SafeString | str:
        return when(api_key.session.expires_at)

    def facts(self, _request: HttpRequest, api_key: ApiKey) -> Facts:
        session = api_key.session
        projects = Project.objects.filter(pk__in=session.project_ids)
        return (
            ("State", self.state(api_key)),
            ("Key", self.prefix_cell(api_key)),
            ("Partner", to(api_key.partner)),
            ("Role", session.role),
            ("Scopes", codes(session.scopes)),
            ("Projects", stack(to(project) for project in projects)),
            ("Networks", codes(api_key.networks)),
            ("Session", link(session.public_id, record_url(session))),
            ("Made", when(api_key.created_at)),
            ("Last used", when(session.last_used_at)),
            ("Ends", when(session.expires_at)),
        )

    def tables(self, request: HttpRequest, api_key: ApiKey) -> Sequence[Table]:
        """Which client replaces it, first of all."""
        clients = Client.objects.filter(partner=api_key.partner)
        replacing = client_table(
            clients,
            query=f"partner__id__exact={api_key.partner_id}",
            empty="The partner has no client yet: register one with the key's scopes.",
        )
        return (replacing, *trail_table(request, api_key.public_id))

    def add(self, request: HttpRequest, given: dict[str, Any]) -> HttpResponseBase:
        new = create_api_key(
            actor=actor_of(request),
            at=clock(),
            partner=given["partner"],
            name=given["name"],
            scopes=given["scopes"],
            days=given["days"],
            networks=given["networks"].split(),
            projects=list(given["projects"]),
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{new.api_key.name} is made",
            "api_key": new.api_key,
            "key": new.key,
            "record_url": record_url(new.api_key),
            "list_url": list_url(ApiKey),
            "example": f'curl -H "Authorization: ApiKey {new.key}" '
            f"{settings.PUBLIC_URL}/api/v1/purchase-orders",
        }
        return TemplateResponse(request, "admin/api_key.html", context)
