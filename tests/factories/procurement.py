"""Orders, posted over HTTP or drafted by the service, and the callers who do it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group

from apps.core.actor import Actor, ActorKind
from apps.core.ids import decode_id
from apps.identity.models import User
from apps.oauth.models import TokenSession
from apps.oauth.scopes import BUYER_ROLE_OF_GROUP
from apps.partners.models import Partner, Role
from apps.procurement.models import Acknowledgement, OrderChange, PurchaseOrder
from apps.procurement.policy.changes import ChangeDraft, LineChange
from apps.procurement.policy.drafts import Answer, LineAnswer, LineDraft, OrderDraft, Tax
from apps.procurement.rest.examples import ORDER
from apps.procurement.services import (
    acknowledge_order,
    create_order,
    issue_order,
    propose_change,
    submit_order,
)
from apps.procurement.services.asking import Asked
from apps.projects.models import Project, ProjectMember
from tests.factories.gateway import ANY_REVISION, ORDERS, Caller
from tests.factories.jose import client_key, use_keys
from tests.factories.oauth import access_token, bound_token, machine
from tests.factories.world import World, person

GROUP_OF_ROLE = {role: name for name, role in BUYER_ROLE_OF_GROUP.items()}
BUYER_SCOPES = ("purchase_orders:read", "purchase_orders:create", "purchase_orders:issue")
VENDOR_SCOPES = ("purchase_orders:read", "purchase_orders:acknowledge")


def buyer_caller(world: World, *scopes: str) -> Caller:
    """The buyer's ERP, with a token of these scopes."""
    return Caller(access_token(machine(partner=world.erp, scopes=scopes or BUYER_SCOPES)))


def vendor_caller(vendor: Partner, *scopes: str) -> Caller:
    return Caller(access_token(machine(partner=vendor, scopes=scopes or VENDOR_SCOPES)))


def auditor_caller(world: World, *scopes: str) -> Caller:
    """An internal client of the buyer's that may read the trail, with a token bound to its key."""
    new = machine(
        scopes=scopes or ("audit:read", "purchase_orders:read"),
        role=Role.APPROVER_ADMIN,
        projects=[world.office],
    )
    key = client_key()
    return Caller(bound_token(use_keys(new.client, key), key), key)


def order_payload(world: World, **changes: Any) -> dict[str, Any]:
    """The contract's example, for the world's project and first vendor."""
    return {
        **ORDER,
        "project": world.office.public_id,
        "vendor": world.acme.public_id,
        **changes,
    }


def post_order(caller: Caller, world: World, **changes: Any) -> Any:
    """The answer to a good draft."""
    answer = caller.post(ORDERS, order_payload(world, **changes))
    assert answer.status_code == 201, answer.content
    return answer


def session_of(partner: Partner, *projects: Project) -> TokenSession:
    """A session as a grant would leave it, for tests below HTTP."""
    at = datetime.now(tz=UTC)
    new = machine(partner=partner)
    return TokenSession.objects.create(
        kind="client",
        client=new.client,
        partner=partner,
        project_ids=[project.pk for project in projects],
        auth_method="client_secret_basic",
        created_at=at,
        granted_at=at,
        expires_at=at.replace(year=at.year + 1),
    )


def actor_for(partner: Partner, *projects: Project, exercised: str = "") -> Actor:
    """Somebody with a session of the partner's in these projects, all open."""
    session = session_of(partner, *projects)
    client = session.client
    assert client is not None
    found = frozenset(project.pk for project in projects)
    return Actor(
        kind=ActorKind.CLIENT,
        id=client.client_id,
        label=client.name,
        session_id=session.pk,
        client_id=client.client_id,
        partner_id=partner.pk,
        partner_kind=partner.kind,
        role=client.role,
        scopes=frozenset(exercised.split()),
        project_ids=found,
        open_projects=found,
        scopes_exercised=tuple(exercised.split()),
    )


def line_draft(**changes: Any) -> LineDraft:
    return LineDraft(
        **{
            "line_no": 1,
            "description": "Paper A4",
            "quantity": Decimal(120),
            "uom": "EA",
            "unit_price": Decimal("4.25"),
            "tax": Tax("S", Decimal(25)),
            **changes,
        }
    )


def order_draft(world: World, **changes: Any) -> OrderDraft:
    return OrderDraft(
        **{
            "project": world.office.public_id,
            "vendor": world.acme.public_id,
            "currency": "EUR",
            "lines": (line_draft(),),
            **changes,
        }
    )


def drafted(world: World, actor: Actor | None = None, **changes: Any) -> PurchaseOrder:
    """A draft by the buyer's ERP."""
    return create_order(
        actor=actor or actor_for(world.erp, world.office),
        at=datetime.now(tz=UTC),
        draft=order_draft(world, **changes),
    )


def issued(world: World, **changes: Any) -> PurchaseOrder:
    """An order the vendor can see."""
    actor, at = actor_for(world.erp, world.office), datetime.now(tz=UTC)
    order_id = drafted(world, actor, **changes).public_id
    submit_order(actor=actor, at=at, order_id=order_id, precondition=ANY_REVISION)
    return issue_order(actor=actor, at=at, order_id=order_id, precondition=ANY_REVISION)


def changed(**fields: Any) -> ChangeDraft:
    """A change of line 1."""
    return ChangeDraft(lines=(LineChange(line_no=1, fields=fields),), note="Please")


def proposed(
    order: PurchaseOrder, actor: Actor, change: ChangeDraft | None = None, **asked: Any
) -> OrderChange:
    """What the actor's side would have the order say; 100 of line 1 unless told otherwise."""
    return propose_change(
        **asking(order, actor, **asked), change=change or changed(quantity=Decimal(100))
    )


def answered(
    order: PurchaseOrder, actor: Actor, response: str = "AP", **said: Any
) -> Acknowledgement:
    """CA promises 100 of line 1 unless told otherwise."""
    if response == "CA":
        fewer = LineAnswer(line_no=1, code="3", promised_quantity=Decimal(100))
        said = {"lines": (fewer,), **said}
    return acknowledge_order(**asking(order, actor), answer=Answer(response=response, **said))


def asking(order: PurchaseOrder, actor: Actor, **asked: Any) -> Asked:
    """What every act on an order is told; whatever its revision, unless told otherwise."""
    base = {"actor": actor, "at": datetime.now(tz=UTC), "order_id": order.public_id}
    return Asked(**{**base, "precondition": ANY_REVISION, **asked})  # type: ignore[typeddict-item]


def buyer_person(
    world: World, email: str, role: Role = Role.APPROVER_ADMIN, **fields: Any
) -> Actor:
    """Somebody of the buyer's who has the role and is a member of the project, in a session of
    their own.
    """
    user = User.objects.filter(email=email).first() or person(email)
    at = datetime.now(tz=UTC)
    user.groups.set(Group.objects.filter(name__in=[GROUP_OF_ROLE.get(role, "")]))
    ProjectMember.objects.get_or_create(
        project=world.office, user=user, defaults={"valid_from": at - timedelta(days=90)}
    )
    session = TokenSession.objects.create(
        kind="user",
        user=user,
        project_ids=[world.office.pk],
        auth_method="authorization_code",
        created_at=at,
        granted_at=at,
        expires_at=at.replace(year=at.year + 1),
    )
    projects = frozenset({world.office.pk})
    return Actor(
        **{
            "kind": ActorKind.USER,
            "id": user.public_id,
            "label": email,
            "session_id": session.pk,
            "user_id": user.pk,
            "role": role,
            "project_ids": projects,
            "open_projects": projects,
            **fields,
        }
    )


def order_of(answer: Any) -> PurchaseOrder:
    """The row behind an answer's order."""
    return PurchaseOrder.objects.get(pk=decode_id("po", answer.json()["id"]))
