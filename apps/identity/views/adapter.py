"""What allauth asks us about signing in, and what it tells us. The signatures are allauth's."""

from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from apps.gateway.rest import origin_of
from apps.identity.forms import attempt_in, person, stranger, too_many_tries
from apps.identity.forms.proof import PROVED_AT, date_last_step, has_proved_lately
from apps.identity.models import User
from apps.identity.selectors import may_come_by
from apps.identity.services import (
    change_password,
    record_failed_sign_in,
    record_limited_sign_in,
    record_sign_in,
    record_sign_out,
)
from apps.identity.services.attempts import (
    Attempt,
    count_password,
    first_told,
    remember_place,
    wait_for_password,
)
from apps.identity.views import stages
from apps.identity.views.proving import ways_to_prove

log = structlog.get_logger("countersign.sign_in")
NO_ADDRESS = "::"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Who may sign in and how; limits that lock nobody else out; the trail."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody signs up: staff and partner people are added by somebody who may."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ANN401 -- allauth's signature
        """In place of allauth's limit per account, by which anybody could lock out its owner."""
        attempt = attempt_in(request, credentials.get("email", ""))
        self.stop_if_waiting(request, attempt, wait_for_password(attempt))

    def stop_if_waiting(self, request: HttpRequest, attempt: Attempt, wait: int) -> None:
        """Ours: raises ImmediateHttpResponse, which allauth's middleware answers, if there is a
        wait.
        """
        if not wait:
            return
        if first_told(attempt):
            record_limited_sign_in(
                actor=stranger(request), at=timezone.now(), email=attempt.account, wait=wait
            )
        raise ImmediateHttpResponse(too_many_tries(request, wait))

    def pre_login(
        self,
        request: HttpRequest,
        user: User,
        *,
        signal_kwargs: dict[str, Any] | None,
        **more: Any,  # noqa: ANN401 -- allauth's signature
    ) -> HttpResponse | None:
        """Who exists by the word of a provider upstream comes in by it alone: a password got by
        mail, or another provider, would outlive that word.
        """
        sociallogin = (signal_kwargs or {}).get("sociallogin")
        by = sociallogin.account.provider if sociallogin else ""
        if not may_come_by(by, user):
            clear_login(request)
            self._record_failure(request, user.email, "by a provider only")
            messages.error(request, "You sign in by your company's provider: use its button.")
            return redirect("account_login")
        if sociallogin and sociallogin.state.get(PROVED_AT):
            date_last_step(request, user, sociallogin.state[PROVED_AT])
        answer: HttpResponse | None = super().pre_login(
            request, user, signal_kwargs=signal_kwargs, **more
        )
        return answer

    def get_login_stages(self) -> list[str]:
        return [stages.BEGIN, *super().get_login_stages(), stages.END]

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        remember_place(attempt_in(request, user.email))
        records = get_authentication_records(request, user)
        record_sign_in(
            actor=person(request, user),
            at=timezone.now(),
            user=user,
            methods=[record.get("type") or record["method"] for record in records],
        )

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            actor = person(request, request.user)
            record_sign_out(actor=actor, at=timezone.now(), user=request.user)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ANN401 -- allauth's signature
        email = credentials.get("email", "")
        count_password(attempt_in(request, email))
        self._record_failure(request, email, "credentials")

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        self._record_failure(request, user.email, "inactive")
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def _record_failure(self, request: HttpRequest, email: str, reason: str) -> None:
        record_failed_sign_in(
            actor=stranger(request),
            at=timezone.now(),
            email=email,
            reason=reason,
        )

    def set_password(self, user: User, password: str) -> None:
        change_password(
            actor=person(self.request, user),
            at=timezone.now(),
            user=user,
            password=password,
        )

    def is_reauthentication_required(self, *, app: str) -> bool:  # noqa: ARG002 -- allauth's signature
        """Raises ReauthenticationRequired instead of saying so: allauth would go on to judge by its
        own rule, which lets anybody pass who has no password or factor here, and a password pass
        for a factor.
        """
        if not has_proved_lately(context.request, context.request.user):
            raise ReauthenticationRequired
        return False

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        return ways_to_prove(user, super().get_reauthentication_methods(user))

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address our edge established, not a header's word."""
        return origin_of(request).ip or NO_ADDRESS

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in the mail leads to PUBLIC_URL, whatever Host the request claimed."""
        user, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": user, "key": token})
        return f"{settings.PUBLIC_URL}{path}"

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        *args: Any,  # noqa: ANN401 -- allauth's signature
        **more: Any,  # noqa: ANN401 -- as above
    ) -> None:
        """What is done is done: a mail server that is away does not undo it."""
        try:
            super().send_notification_mail(template_prefix, user, *args, **more)
        except (SMTPException, OSError) as error:
            log.warning("mail.failed", template=template_prefix, error=type(error).__name__)

    def format_email_subject(self, subject: str) -> str:
        return f"[Countersign] {subject}"
