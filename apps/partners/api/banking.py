"""A vendor's bank accounts, and the changes by which alone they come and go."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.gateway.errors import ClaimNotPermittedError, MalformedRequestError
from apps.gateway.rest import (
    Fieldset,
    Listing,
    actor_of,
    detail_response,
    list_response,
    mark_answer,
    precondition_of,
    read_body,
    repeatable,
    resource_response,
)
from apps.gateway.rest.parameters import Parameter
from apps.gateway.rest.reasons import READ_REASON, read_reason
from apps.gateway.rest.views import ApiView
from apps.gateway.services import answer_once
from apps.partners.formats import account_body, change_body, vendor_path
from apps.partners.models import BankAccountChange, Partner, PartnerBankAccount
from apps.partners.policy import Claims
from apps.partners.rest.account_bodies import VendorAccountBody, VendorAccountListBody
from apps.partners.rest.bank_bodies import (
    WITHDRAWN_CHANGE,
    BankChangeBody,
    BankChangeListBody,
)
from apps.partners.rest.shapes import BankChangeShape, WithdrawShape, details_of
from apps.partners.selectors import changes_of, visible_change, visible_vendor
from apps.partners.services.bank_changes import propose_bank_change, withdraw_bank_change
from apps.partners.services.claims import claims_of, role_claims_of
from apps.partners.services.reads import record_restricted_read
from apps.partners.states import ClaimGroup

READ, READ_FULL = "vendors.banking:read", "vendors.banking.full:read"
PROPOSE = ("vendors.banking:propose",)
WRITE_CODES = ("claim-not-permitted", "conflict", "invalid-transition")
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where the change is."
)


def require_banking(claims: Claims, group: str = ClaimGroup.BANKING) -> None:
    """Raises ClaimNotPermittedError."""
    if not claims.sees(group):
        raise ClaimNotPermittedError(f"Your role, or the token's scopes, do not show {group}.")


class AccountList(ApiView):
    """Every read is an event, which says why where somebody does; a read of whole numbers always
    says it (reference 3a, restricted tier).
    """

    required_scopes: ClassVar = {"GET": (READ,)}
    optional_scopes: ClassVar = {"GET": (READ_FULL,)}
    problem_codes: ClassVar = {"GET": ("claim-not-permitted", "not-found")}
    listing: ClassVar = Listing(VendorAccountBody)
    query_parameters: ClassVar = {
        "numbers": Parameter(
            f"`full` for whole numbers instead of masked ones; needs the scope {READ_FULL} too.",
            {"type": "string", "enum": ["masked", "full"]},
        ),
        "reason": READ_REASON,
    }

    @extend_schema(
        responses=VendorAccountListBody,
        operation_id="list_vendor_bank_accounts",
        summary="List a vendor's bank accounts",
    )
    def get(self, request: Request, vendor_id: str) -> Response:
        actor = actor_of(request)
        vendor = visible_vendor(actor=actor, at=self.at, vendor_id=vendor_id)
        claims = claims_of(actor)
        require_banking(claims)
        reason, full = read_reason(request), _wants_whole_numbers(request)
        if full:
            require_banking(claims, ClaimGroup.BANKING_FULL)
            _require_reason(reason)
        answer = list_response(
            request,
            self.listing,
            PartnerBankAccount.objects.filter(partner=vendor),
            lambda account: self._body(account, claims, full=full),
        )
        groups = [ClaimGroup.BANKING, *([ClaimGroup.BANKING_FULL] if full else [])]
        record_restricted_read(
            actor=actor, at=self.at, groups=groups, partners=[vendor], reason=reason
        )
        return answer

    def _body(
        self, account: PartnerBankAccount, claims: Claims, *, full: bool
    ) -> dict[str, object]:
        fields = claims.fields(ClaimGroup.BANKING)
        hidden = [
            *claims.hidden([ClaimGroup.BANKING]),
            *([] if full else [ClaimGroup.BANKING_FULL]),
        ]
        body = account_body(account, fields, at=self.at, full=full)
        return {**body, "_redacted": hidden} if hidden else body


def _wants_whole_numbers(request: Request) -> bool:
    """Raises MalformedRequestError."""
    wanted = request.query_params.get("numbers", "masked")
    if wanted not in {"masked", "full"}:
        raise MalformedRequestError("numbers takes masked or full.")
    return wanted == "full"


def _require_reason(reason: str) -> None:
    """Raises MalformedRequestError."""
    if not reason:
        raise MalformedRequestError("Whole numbers need a reason.")


class ChangeList(ApiView):
    required_scopes: ClassVar = {"GET": (READ,), "POST": PROPOSE}
    optional_scopes: ClassVar = {"POST": (READ,)}
    repeatable = True
    problem_codes: ClassVar = {
        "GET": ("claim-not-permitted", "not-found"),
        "POST": (*WRITE_CODES, "principal-mismatch"),
    }
    listing: ClassVar = Listing(BankChangeBody)
    query_parameters: ClassVar = {"reason": READ_REASON}

    @extend_schema(
        responses=BankChangeListBody,
        operation_id="list_vendor_bank_account_changes",
        summary="List the changes of a vendor's bank accounts",
    )
    def get(self, request: Request, vendor_id: str) -> Response:
        actor = actor_of(request)
        vendor = visible_vendor(actor=actor, at=self.at, vendor_id=vendor_id)
        claims = claims_of(actor)
        require_banking(claims)
        rows, reason = changes_of(vendor), read_reason(request)
        answer = list_response(
            request, self.listing, rows, lambda row: change_body(row, claims, at=self.at)
        )
        _tell(actor, self, vendor, reason)
        return answer

    @extend_schema(
        request=BankChangeShape,
        responses={201: BankChangeBody},
        parameters=[LOCATION],
        operation_id="propose_vendor_bank_account_change",
        summary="Propose a change of bank account",
    )
    def post(self, request: Request, vendor_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        said = read_body(request, BankChangeShape)
        answer = answer_once(
            request=once,
            at=self.at,
            status=201,
            work=lambda: propose_bank_change(
                actor=actor,
                at=self.at,
                vendor_id=vendor_id,
                kind=said["kind"],
                reason=said["reason"],
                account_id=said.get("account", ""),
                details=details_of(said),
                named_vendor=said.get("vendor", ""),
            ),
            gate=lambda: visible_vendor(actor=actor, at=self.at, vendor_id=vendor_id),
        )
        change = answer.resource or visible_change(
            actor=actor, at=self.at, vendor_id=vendor_id, change_id=answer.resource_id
        )
        response = _written(actor, self, change)
        place = f"{vendor_path(vendor_id)}/bank-account-changes"
        response["Location"] = f"{place}/{change.public_id}"
        return mark_answer(response, answer)


class ChangeDetail(ApiView):
    """Without 304: whether a change has taken effect follows from the clock."""

    required_scopes: ClassVar = {"GET": (READ,)}
    problem_codes: ClassVar = {"GET": ("claim-not-permitted",)}
    fieldset: ClassVar = Fieldset(BankChangeBody)
    query_parameters: ClassVar = {"reason": READ_REASON}
    revalidated = False

    @extend_schema(
        responses=BankChangeBody,
        operation_id="get_vendor_bank_account_change",
        summary="Read a change of bank account",
    )
    def get(self, request: Request, vendor_id: str, change_id: str) -> Response:
        actor = actor_of(request)
        change = visible_change(actor=actor, at=self.at, vendor_id=vendor_id, change_id=change_id)
        claims = claims_of(actor)
        require_banking(claims)
        _tell(actor, self, change.partner, read_reason(request))
        return detail_response(
            request,
            self.fieldset,
            change,
            lambda row: change_body(row, claims, at=self.at),
            revalidates=False,
        )


class ChangeWithdraw(ApiView):
    required_scopes: ClassVar = {"POST": PROPOSE}
    optional_scopes: ClassVar = {"POST": (READ,)}
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {"POST": WRITE_CODES}

    @extend_schema(
        request=WithdrawShape,
        responses={200: WITHDRAWN_CHANGE},
        operation_id="withdraw_vendor_bank_account_change",
        summary="Take back a change of bank account",
    )
    def post(self, request: Request, vendor_id: str, change_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        said = read_body(request, WithdrawShape)
        answer = answer_once(
            request=once,
            at=self.at,
            status=200,
            work=lambda: withdraw_bank_change(
                actor=actor,
                at=self.at,
                vendor_id=vendor_id,
                change_id=change_id,
                precondition=precondition_of(request),
                reason=said.get("reason", ""),
            ),
            gate=lambda: visible_vendor(actor=actor, at=self.at, vendor_id=vendor_id),
        )
        change = answer.resource or visible_change(
            actor=actor, at=self.at, vendor_id=vendor_id, change_id=change_id
        )
        return mark_answer(_written(actor, self, change), answer)


def _written(actor: Actor, view: ApiView, change: BankAccountChange) -> Response:
    """What was written, masked: for a token that may read it. The scope to propose does not read,
    so another gets no more than the id and the revision. Raises ClaimNotPermittedError when the
    role does not see banking (any more).
    """
    require_banking(role_claims_of(actor))
    claims = claims_of(actor)
    if claims.sees(ClaimGroup.BANKING):
        body = change_body(change, claims, at=view.at)
        _tell(actor, view, change.partner)
    else:
        hidden = claims.hidden([ClaimGroup.BANKING])
        body = {"id": change.public_id, "revision": change.revision, "_redacted": hidden}
    return resource_response(change, body, revision=change.revision)


def _tell(actor: Actor, view: ApiView, vendor: Partner, reason: str = "") -> None:
    groups = [ClaimGroup.BANKING]
    record_restricted_read(actor=actor, at=view.at, groups=groups, partners=[vendor], reason=reason)
