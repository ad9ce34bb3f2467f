"""What a client would be allowed to order, and why: staff ask by the rules that orders are held to
(spec 5).
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from apps.core.errors import DomainError
from apps.governance.admin.policy_fields import CodesField
from apps.identity.admin.acts import clock
from apps.identity.admin.cells import EMPTY, list_url, tag, to
from apps.oauth.models import Client
from apps.partners.models import Partner, PartnerKind
from apps.procurement.admin.decisions import decision_tables
from apps.procurement.policy.purchasing.questions import Question
from apps.procurement.services.simulated_callers import fresh_caller
from apps.procurement.services.simulating import Simulation, simulate
from apps.projects.models import Project, PurchasingPolicy
from apps.projects.policy.applying import BUYING_ROLES

SIMULATE, SIMULATE_PAGE = "Simulate an order", "admin:projects_purchasingpolicy_simulate"
VERDICTS = {
    "allowed": ("Allowed", "good", "It would be approved as it is submitted."),
    "pending_approval": ("Needs approval", "warn", "It would wait until everybody asked agrees."),
    "denied": ("Denied", "bad", "It would be refused."),
}
LEFT_OPEN = {
    "categories": "No category was named, so none was checked.",
    "vendor": "No vendor was named, so neither vendors nor orders that count as one were checked.",
    "ship_to": "No place was named, so none was checked.",
    "contract_ref": "No contract was named, so it was not checked whether one must be.",
}


class SimulateForm(forms.Form):
    """Sent by GET: nothing is written, and the address can be passed on."""

    client = forms.ModelChoiceField(
        Client.objects.order_by("name"),
        to_field_name="client_id",
        help_text="As it would stand with a token granted now.",
    )
    project = forms.ModelChoiceField(Project.objects.order_by("number"), to_field_name="number")
    amount = forms.DecimalField(
        min_value=Decimal(0), max_digits=19, decimal_places=4, help_text="Without tax."
    )
    currency = forms.CharField(max_length=3, min_length=3, help_text="Three letters, such as EUR.")
    categories = CodesField("Categories", "Of the order's lines, such as 43211503.")
    vendor = forms.ModelChoiceField(
        Partner.objects.filter(kind=PartnerKind.VENDOR).order_by("name"),
        required=False,
        empty_label="Not said",
    )
    ship_to = forms.CharField(
        max_length=23,
        required=False,
        label="Shipped to",
        help_text="A country (SE), or with the postal code (SE-11122). Empty: not said.",
    )
    contract_ref = forms.CharField(
        max_length=200,
        required=False,
        label="Under contract",
        help_text="Its number. Empty: not said.",
    )
    role = forms.ChoiceField(
        choices=[("", "The client's own"), *((one.value, one.label) for one in BUYING_ROLES)],
        required=False,
        help_text="Of the person it acts for, if it does.",
    )

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_ship_to(self) -> dict[str, str] | None:
        country, _, postcode = str(self.cleaned_data["ship_to"]).upper().partition("-")
        said = {"country": country.strip(), "postcode": postcode.strip()}
        return {name: value for name, value in said.items() if value} or None


def simulate_view(
    admin_site: admin.AdminSite, request: HttpRequest, policy: PurchasingPolicy | None = None
) -> HttpResponse:
    """The question, and below it its answer. Raises PermissionDenied."""
    if not request.user.has_perm("projects.view_purchasingpolicy"):
        raise PermissionDenied
    asked = request.GET if "client" in request.GET else None
    form = SimulateForm(asked, label_suffix="", initial=_begun(request, policy))
    context = {
        **admin_site.each_context(request),
        "opts": PurchasingPolicy._meta,  # noqa: SLF001 -- Django's documented name
        "title": SIMULATE,
        "back": list_url(PurchasingPolicy),
        "form": form,
        **(_answer(form) if asked and form.is_valid() else {}),
    }
    return TemplateResponse(request, "admin/simulate.html", context)


def _begun(request: HttpRequest, policy: PurchasingPolicy | None) -> dict[str, Any]:
    """Asked from a client's page, the question begins with the client; from a policy's, with those
    it is for.
    """
    if policy is None:
        return {"client": request.GET.get("of", "")}
    number = policy.project.number if policy.project else None
    return {"client": policy.client_id, "project": number, "role": policy.role}


def _answer(form: SimulateForm) -> dict[str, Any]:
    try:
        found = _simulated(form.cleaned_data)
    except DomainError as error:
        for fault in error.errors:
            name = fault.pointer.strip("/")
            form.add_error(name if name in form.fields else None, fault.detail)
        if not error.errors:
            form.add_error(None, str(error))
        return {}
    title, tone, words = VERDICTS[found.decision.outcome]
    client, project = form.cleaned_data["client"], form.cleaned_data["project"]
    return {
        "verdict": tag(title, tone),
        "verdict_words": words,
        "facts": (("Client", to(client)), ("Project", to(project)), *_facts(found)),
        "tables": decision_tables(found.decision),
        "notes": [LEFT_OPEN[name] for name in found.left_open],
    }


def _facts(found: Simulation) -> Iterable[tuple[str, object]]:
    yield "Acting as", found.caller.actor.role or "without a role"
    yield "Newest policy version", found.decision.policy_version or EMPTY


def _simulated(given: dict[str, Any]) -> Simulation:
    at, project, vendor = clock(), given["project"], given["vendor"]
    question = Question(
        project=project.public_id,
        currency=given["currency"],
        amount=given["amount"],
        categories=frozenset(given["categories"]),
        vendor=vendor.public_id if vendor else "",
        ship_to=given["ship_to"],
        contract_ref=given["contract_ref"] or None,
    )
    caller = fresh_caller(given["client"].client_id, project, role=given["role"], at=at)
    return simulate(caller=caller, project=project, question=question, vendor=vendor, at=at)
