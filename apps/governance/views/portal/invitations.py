"""Inviting people by mail, and the page that the link in the mail leads to."""

from smtplib import SMTPException

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordKeyForm
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import (
    InvalidTransitionError,
    NotFoundError,
    ValidationFailedError,
)
from apps.gateway.rest import origin_of
from apps.governance.forms import InviteForm
from apps.governance.selectors import invitation_of_partner, invited_by_token
from apps.governance.services.invitations import (
    NewInvitation,
    accept_invitation,
    cancel_invitation,
    invite_person,
    note_mail_failure,
    renew_invitation,
)
from apps.governance.views.portal.visitor import Visitor, portal_page
from apps.identity.models import User
from apps.partners.policy import portal_roles

log = structlog.get_logger("countersign.governance")
FORM = ("GET", "HEAD", "POST")
LINK = "countersign.invitation"


def _send(request: HttpRequest, new: NewInvitation, told: str) -> None:
    """Mail the link and say so; or that it could not be mailed, which loses nothing. What the
    inviter typed but the address is not in the mail: it goes to strangers.
    """
    email = new.invitation.email
    try:
        _mail(request, new)
    except (SMTPException, OSError) as error:
        log.warning("invitation.not_mailed", error=type(error).__name__)
        note_mail_failure(at=timezone.now(), new=new)
        messages.error(request, f"The mail to {email} could not be sent. Try “Send again” later.")
    else:
        messages.success(request, f"{email} is {told}.")


def _mail(request: HttpRequest, new: NewInvitation) -> None:
    path = reverse("portal-invitation-link", kwargs={"token": new.token})
    context = {
        "invitation": new.invitation,
        "leads_nowhere": new.leads_nowhere,
        "link": f"{settings.PUBLIC_URL}{path}",
    }
    get_adapter(request).send_mail("portal/email/invitation", new.invitation.email, context)


@portal_page(*FORM, step_up=True)
def invite(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    company = visitor.company()
    form = InviteForm(request.POST or None, roles=portal_roles(company))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            new = invite_person(actor=visitor.actor, at=visitor.at, partner=company, **given)
        except (ValidationFailedError, InvalidTransitionError) as error:
            form.refuse(error)
        else:
            _send(request, new, "invited")
            return redirect("portal-people")
    return render(request, "portal/invite.html", {"form": form, "company": company})


@portal_page("POST")
def resend(request: HttpRequest, visitor: Visitor, invitation_id: str) -> HttpResponse:
    invitation = invitation_of_partner(visitor.company(), invitation_id)
    try:
        new = renew_invitation(actor=visitor.actor, at=visitor.at, invitation=invitation)
    except (ValidationFailedError, InvalidTransitionError) as error:
        messages.error(request, str(error))
    else:
        _send(request, new, "invited again")
    return redirect("portal-people")


@portal_page("POST")
def cancel(request: HttpRequest, visitor: Visitor, invitation_id: str) -> HttpResponse:
    invitation = invitation_of_partner(visitor.company(), invitation_id)
    try:
        cancel_invitation(actor=visitor.actor, at=visitor.at, invitation=invitation)
    except InvalidTransitionError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The invitation of {invitation.email} is taken back.")
    return redirect("portal-people")


@require_safe
@never_cache
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the secret out of the address before anything is shown; following it uses nothing up,
    for mail is opened by machines too. A link that leads nowhere makes no session.
    """
    try:
        invited_by_token(token, at=timezone.now())
    except NotFoundError:
        return render(request, "portal/invitation_over.html", status=404)
    request.session[LINK] = token
    return redirect("portal-invitation")


@require_http_methods(list(FORM))
@never_cache
def accept(request: HttpRequest) -> HttpResponse:
    """Who invites, as what, and the password they choose."""
    token, at = request.session.get(LINK, ""), timezone.now()
    try:
        invitation = invited_by_token(token, at=at)
        person = User(email=invitation.email, name=invitation.name)
        form = ResetPasswordKeyForm(request.POST or None, user=person)
        if request.method == "POST" and form.is_valid():
            return _accepted(request, token, form.cleaned_data["password1"])
    except NotFoundError:
        return render(request, "portal/invitation_over.html", status=404)
    except (ValidationFailedError, InvalidTransitionError) as error:
        form.add_error(None, str(error))
    return render(request, "portal/invitation.html", {"invitation": invitation, "form": form})


def _accepted(request: HttpRequest, token: str, password: str) -> HttpResponse:
    """They sign in by themselves. May raise what the service raises."""
    user = accept_invitation(
        origin=origin_of(request), at=timezone.now(), token=token, password=password
    )
    if request.user.is_authenticated:  # Somebody else, in a browser that two people use.
        get_adapter(request).logout(request)
    request.session.pop(LINK, None)
    messages.success(request, f"Your password is set. Sign in as {user.email}.")
    return redirect("account_login")
