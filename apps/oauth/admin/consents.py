"""What people have agreed to, read-only: a person takes it back, staff end sessions."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.identity.admin.cells import codes, stack, tag, to, when
from apps.identity.admin.records import Facts, RecordAdmin
from apps.oauth.models import Consent
from apps.projects.models import Project

VIEW = "oauth.view_tokensession"


@admin.register(Consent)
class ConsentAdmin(RecordAdmin[Consent]):
    list_display = ("public_id", "user", "client", "partner", "state", "given")
    list_select_related = ("user", "client", "partner")
    search_fields = ("user__email", "client__name", "client__client_id")
    empty_hint = "Nobody has let an application act for them yet."

    def has_view_permission(self, request: HttpRequest, _obj: Consent | None = None) -> bool:
        return request.user.has_perm(VIEW)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(VIEW)

    @admin.display(description="State")
    def state(self, consent: Consent) -> SafeString:
        return tag(
            "ended" if consent.revoked_at else "standing", None if consent.revoked_at else "good"
        )

    @admin.display(description="Given", ordering="given_at")
    def given(self, consent: Consent) -> SafeString | str:
        return when(consent.given_at)

    def facts(self, _request: HttpRequest, consent: Consent) -> Facts:
        projects = Project.objects.filter(pk__in=consent.project_ids)
        return (
            ("State", self.state(consent)),
            ("Person", to(consent.user)),
            ("Client", to(consent.client)),
            ("For", to(consent.partner)),
            ("Scopes", codes(consent.scopes)),
            ("Projects", stack(to(project) for project in projects)),
            ("Given", when(consent.given_at)),
            ("Taken back", when(consent.revoked_at)),
        )
