"""The admin site: our name, our look, our order of things, and sign-in like everywhere else."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from apps.governance.admin.home import panels

GROUPS: dict[str, tuple[str, ...]] = {
    "Access": (
        "Partner", "BankAccountChange", "ClaimRule", "Client", "RestrictedScopeRequest",
        "TokenSession", "Consent", "ApiKey", "User", "Invitation", "Federation", "TrustedIssuer",
        "Offboarding",
    ),
    "Buying": (
        "PurchaseOrder", "OrderChange", "Acknowledgement", "ShipmentNotice", "Receipt", "Invoice",
        "MatchException", "CreditNote", "Tolerance", "Project", "ProjectClosing", "BuyerEntity",
        "PurchasingPolicy", "PolicyVersion", "ApprovalRule", "ExchangeRate",
        "SpendAccount", "SpendReservation",
    ),
    "Evidence": ("Event", "Checkpoint"),
    "Operations": ("JobHeartbeat", "JobRun", "SigningKey"),
}  # fmt: skip


class CountersignSite(AdminSite):
    site_header = "Countersign"
    site_title = "Countersign"
    index_title = "Access and orders"
    index_template = "admin/home.html"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        at = timezone.now()
        shown = {
            "panels": list(panels(request, at=at)),
            "mfa_required": settings.MFA_REQUIRED,
            **(extra_context or {}),
        }
        return super().index(request, shown)

    def login(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 -- Django's signature
    ) -> HttpResponse:
        """Staff sign in where everybody does. Somebody else who is signed in is told so."""
        if request.user.is_authenticated:
            raise PermissionDenied
        after = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return redirect_to_login(after, reverse("account_login"))

    def logout(  # type: ignore[override]  # Django's type asks for a page; a redirect will do
        self,
        request: HttpRequest,  # noqa: ARG002 -- Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 -- Django's signature
    ) -> HttpResponse:
        return redirect("account_logout")

    def password_change(  # type: ignore[override]  # Django's type asks for a page; a redirect will do
        self,
        request: HttpRequest,  # noqa: ARG002 -- Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 -- Django's signature
    ) -> HttpResponse:
        return redirect("account_change_password")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Grouped by what people come for, not by where the code lives."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        models = {model["object_name"]: model for app in apps for model in app["models"]}
        grouped = [
            {
                "name": name,
                "app_label": name.lower(),
                "app_url": "",
                "has_module_perms": True,
                "models": [models.pop(member) for member in members if member in models],
            }
            for name, members in GROUPS.items()
        ]
        rest = {**grouped[-1], "name": "More", "app_label": "more", "models": [*models.values()]}
        return [group for group in [*grouped, rest] if group["models"]]
