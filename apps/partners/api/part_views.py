"""What the views of contacts, addresses and tax registrations have in common."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.gateway.errors import ClaimNotPermittedError
from apps.gateway.rest import (
    Fieldset,
    Listing,
    StrictSerializer,
    actor_of,
    list_response,
    mark_answer,
    precondition_of,
    read_body,
    read_patch,
    repeatable,
    resource_response,
)
from apps.gateway.rest.views import ApiView
from apps.gateway.services import answer_once
from apps.partners.formats import part_body, vendor_path
from apps.partners.models import Part
from apps.partners.policy import Claims
from apps.partners.selectors import visible_part, visible_parts, visible_vendor
from apps.partners.services.claims import claims_of
from apps.partners.services.part_kinds import PartKind
from apps.partners.services.parts import add_part, change_part, remove_part

WRITE_CODES = ("claim-not-permitted", "invalid-transition")


class PartView(ApiView):
    """What the views of one kind have in common. ``kind`` is the service's, ``place`` the end of
    their address, ``shape`` what is sent.
    """

    kind: ClassVar[PartKind[Any]]
    place: ClassVar[str]
    shape: ClassVar[type[StrictSerializer]]

    def shown(self, part: Part, claims: Claims) -> dict[str, Any]:
        hidden = claims.hidden([self.kind.group])
        body = part_body(part, claims.fields(self.kind.group))
        return {**body, "_redacted": hidden} if hidden else body

    def readable(self, actor: Actor) -> Claims:
        """Raises ClaimNotPermittedError when the role does not see the group."""
        claims = claims_of(actor)
        if not claims.sees(self.kind.group):
            raise ClaimNotPermittedError(f"Your role does not see {self.kind.group}.")
        return claims

    def written(self, actor: Actor, part: Part) -> Response:
        """What is there now, as far as the token and the role show it: the scope to write does not
        read. Whoever may not read gets the id, the revision and what is left out.
        """
        body = self.shown(part, claims_of(actor))
        return resource_response(part, body, revision=part.revision)


class PartList(PartView):
    listing: ClassVar[Listing]
    repeatable = True
    problem_codes: ClassVar = {"GET": ("claim-not-permitted", "not-found"), "POST": WRITE_CODES}

    def get(self, request: Request, vendor_id: str) -> Response:
        actor = actor_of(request)
        rows = visible_parts(actor=actor, at=self.at, model=self.kind.model, vendor_id=vendor_id)
        claims = self.readable(actor)
        return list_response(request, self.listing, rows, lambda part: self.shown(part, claims))

    def post(self, request: Request, vendor_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        values = read_body(request, self.shape)
        answer = answer_once(
            request=once,
            at=self.at,
            status=201,
            work=lambda: add_part(
                actor=actor, at=self.at, kind=self.kind, vendor_id=vendor_id, values=values
            ),
            gate=lambda: visible_vendor(actor=actor, at=self.at, vendor_id=vendor_id),
        )
        part = answer.resource or visible_part(
            actor=actor,
            at=self.at,
            model=self.kind.model,
            vendor_id=vendor_id,
            part_id=answer.resource_id,
        )
        response = self.written(actor, part)
        response["Location"] = f"{vendor_path(vendor_id)}/{self.place}/{part.public_id}"
        return mark_answer(response, answer)


class PartDetail(PartView):
    """Without 304: what is shown also follows from the caller's claims."""

    fieldset: ClassVar[Fieldset]
    revalidated = False
    problem_codes: ClassVar = {
        "GET": ("claim-not-permitted",),
        "PATCH": WRITE_CODES,
        "DELETE": WRITE_CODES,
    }

    def get(self, request: Request, vendor_id: str, part_id: str) -> Response:
        actor = actor_of(request)
        part = visible_part(
            actor=actor,
            at=self.at,
            model=self.kind.model,
            vendor_id=vendor_id,
            part_id=part_id,
        )
        claims = self.readable(actor)
        selection = self.fieldset.selection(request)
        body = selection.body(lambda row: self.shown(row, claims), part)
        return resource_response(part, body, revision=part.revision)

    def patch(self, request: Request, vendor_id: str, part_id: str) -> Response:
        actor = actor_of(request)
        part = change_part(
            actor=actor,
            at=self.at,
            kind=self.kind,
            vendor_id=vendor_id,
            part_id=part_id,
            changes=read_patch(request, self.shape),
            precondition=precondition_of(request),
        )
        return self.written(actor, part)

    def delete(self, request: Request, vendor_id: str, part_id: str) -> Response:
        remove_part(
            actor=actor_of(request),
            at=self.at,
            kind=self.kind,
            vendor_id=vendor_id,
            part_id=part_id,
            precondition=precondition_of(request),
        )
        return Response(status=204)
