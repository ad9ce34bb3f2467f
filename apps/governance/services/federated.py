"""People who come from a provider upstream: letting them in, linking them, unlinking them."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import ConflictError, ForbiddenError, ValidationFailedError
from apps.identity.models import FederatedIdentity, Federation, StaffRole, User
from apps.identity.policy.federation import BELONGS, Becomes, Vouched, first_match
from apps.identity.selectors import exists_by_federation
from apps.identity.services import create_user, subject_of
from apps.oauth.models import TokenSession
from apps.oauth.services.upstream import UNLINKED, columns_of, end_what_rests
from apps.partners.models import PartnerUser
from apps.partners.selectors import partner_by_public_id
from apps.partners.services import add_partner_user, change_partner_user_role

NO_RULE = "The provider knows you, but nothing says what you may do here."
ELSEWHERE = "You belong elsewhere here by now. Ask the buyer's staff."
TAKEN = (
    "Somebody with your e-mail address signs in here already. If that is you, sign in as you are "
    "used to and link the provider to your account."
)


def admit(
    *,
    actor: Actor,
    at: datetime,
    federation: Federation,
    vouched: Vouched,
    tokens: Mapping[str, Any],
) -> FederatedIdentity:
    """Whom the provider's word lets in: somebody linked, somebody it made, or somebody new.

    The subject decides, never the address: somebody's own account is not entered by having its
    address. Who exists by the provider's word becomes what its rules say today. ``tokens`` is the
    answer of its token endpoint, of which is kept what we can ask by. Raises ForbiddenError,
    ConflictError, and what the rules' outcome raises.
    """
    entry = partial(
        _admit, actor=actor, at=at, federation=federation, vouched=vouched, tokens=tokens
    )
    try:
        return entry()
    except (ConflictError, ValidationFailedError):
        if not _identities(federation, vouched).exists():
            raise
        return entry()  # Their first sign-in in another tab won the race.


@transaction.atomic
def _admit(
    *,
    actor: Actor,
    at: datetime,
    federation: Federation,
    vouched: Vouched,
    tokens: Mapping[str, Any],
) -> FederatedIdentity:
    identity = _known(federation, vouched)
    if identity is None:
        identity = _make_person(actor, at, federation, vouched)
    elif not identity.user.is_active:
        return identity  # Whoever signs people in turns them away.
    elif identity.made_person:
        _follow_rules(actor, at, identity, vouched)
        # A role that changed moved the fence, which the sign-in that follows must know.
        identity.user.refresh_from_db(fields=["not_before"])
    _confirm(identity, at, email=vouched.email, **columns_of(tokens, at=at))
    return identity


def _identities(federation: Federation, vouched: Vouched) -> QuerySet[FederatedIdentity]:
    return FederatedIdentity.objects.filter(federation=federation, subject=vouched.subject)


def _known(federation: Federation, vouched: Vouched) -> FederatedIdentity | None:
    found = _identities(federation, vouched).select_related("user")
    return found.select_for_update(no_key=True, of=("self",)).first()


def _confirm(identity: FederatedIdentity, at: datetime, **columns: Any) -> None:  # noqa: ANN401 -- the model's columns
    stored = {"confirmed_at": at, "asked_at": at, "refused_at": None, **columns}
    for name, value in stored.items():
        setattr(identity, name, value)
    identity.save(update_fields=list(stored))


def _make_person(
    actor: Actor, at: datetime, federation: Federation, vouched: Vouched
) -> FederatedIdentity:
    becomes = first_match(federation.rules, vouched)
    if becomes is None:
        raise ForbiddenError(NO_RULE)
    if User.objects.filter(email=vouched.email).exists():
        raise ConflictError(TAKEN)
    staff_role = StaffRole(becomes.staff_role) if becomes.staff_role else None
    user = create_user(
        actor=actor,
        at=at,
        email=vouched.email,
        password=None,
        name=vouched.name,
        staff_role=staff_role,
    )
    if becomes.partner:
        partner = partner_by_public_id(becomes.partner)
        add_partner_user(actor=actor, at=at, partner=partner, user=user, role=becomes.role)
    return _tie(at, federation, user, vouched.subject, vouched.email, made_person=True)


def _tie(
    at: datetime,
    federation: Federation,
    user: User,
    subject: str,
    email: str,
    *,
    made_person: bool = False,
) -> FederatedIdentity:
    """django-allauth's row and ours, which says more. Raises ConflictError."""
    try:
        with transaction.atomic():
            SocialAccount.objects.create(user=user, provider=federation.slug, uid=subject)
            return FederatedIdentity.objects.create(
                federation=federation,
                user=user,
                subject=subject,
                email=email,
                made_person=made_person,
                created_at=at,
                confirmed_at=at,
                asked_at=at,
            )
    except IntegrityError as error:
        raise ConflictError("This account is linked already, to you or to somebody.") from error


def _follow_rules(actor: Actor, at: datetime, identity: FederatedIdentity, who: Vouched) -> None:
    """Of somebody the provider made, the role follows its rules, up and down; whom they belong to
    does not. Sessions with the former role end.
    """
    becomes = first_match(identity.federation.rules, who)
    if becomes is None:
        raise ForbiddenError(NO_RULE)
    acting = PartnerUser.objects.select_related("partner", "user").filter(user=identity.user)
    person = acting.first()
    at_home = person.partner.public_id if person else ""
    if becomes.partner != at_home or bool(becomes.staff_role) != identity.user.is_staff:
        raise ForbiddenError(ELSEWHERE)
    if person is None:
        _give_staff_role(actor, at, identity.user, becomes)
    elif person.role != becomes.role:
        change_partner_user_role(actor=actor, at=at, person=person, role=becomes.role)


def _give_staff_role(actor: Actor, at: datetime, user: User, becomes: Becomes) -> None:
    before = sorted(user.groups.values_list("name", flat=True))
    if before == [becomes.staff_role]:
        return
    user.groups.set([Group.objects.get(name=becomes.staff_role)])
    User.objects.filter(pk=user.pk).update(not_before=Now())
    record(
        action=Action.USER_STAFF_ROLE_CHANGED,
        actor=actor,
        at=at,
        subject=subject_of(user),
        data={"from": before, "to": becomes.staff_role},
    )


def link_identity(
    *, actor: Actor, at: datetime, federation: Federation, user: User, subject: str, email: str
) -> FederatedIdentity:
    """Let somebody who has signed in, and said yes, sign in by the provider from now on.

    It changes nothing about what they may do. Raises ConflictError when either is linked, and
    ForbiddenError for somebody a provider made: another one would outlive its word.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if exists_by_federation(user):
            raise ForbiddenError(BELONGS)
        identity = _tie(at, federation, user, subject, email)
        _record_link(Action.USER_LINKED, identity, actor, at)
    return identity


def may_unlink(*, user: User, federation_slug: str) -> bool:
    """Somebody a provider made belongs to it: unlinked, they would outlive its word. Anybody else
    needs a password to come back by.
    """
    made = FederatedIdentity.objects.filter(
        user=user, federation__slug=federation_slug, made_person=True
    )
    return user.has_usable_password() and not made.exists()


def unlink_identity(*, actor: Actor, at: datetime, user: User, federation_slug: str) -> None:
    """The sign-in by the provider ends, and every session that rests on it."""
    found = FederatedIdentity.objects.select_related("federation", "user")
    with transaction.atomic():
        identity = found.filter(user=user, federation__slug=federation_slug).first()
        if identity is None:
            return
        _record_link(Action.USER_UNLINKED, identity, actor, at)
        SocialAccount.objects.filter(user=user, provider=federation_slug).delete()
        identity.delete()
    rest_on_it = TokenSession.objects.filter(federation=identity.federation_id, user=user)
    end_what_rests(sessions=rest_on_it, by=actor, reason=UNLINKED, at=at)


def _record_link(action: Action, identity: FederatedIdentity, actor: Actor, at: datetime) -> None:
    record(
        action=action,
        actor=actor,
        at=at,
        subject=subject_of(identity.user),
        data={"federation": identity.federation.public_id},
        private={"email": identity.email, "subject": identity.subject},
    )
