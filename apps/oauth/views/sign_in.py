"""How the person before us has signed in, as django-allauth wrote it down in their session."""

from dataclasses import replace

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from apps.identity.models import User
from apps.oauth.policy.sign_in import SignIn, federation_of, plain_sign_in, sign_in_from
from apps.oauth.services.sign_ins import sign_in_id_of


def sign_in_of(request: HttpRequest) -> SignIn | None:
    """None for nobody. A sign-in that django-allauth did not witness counts from the person's
    last one, and is never taken for one of this moment.
    """
    user = request.user
    if not isinstance(user, User):
        return None
    witnessed = sign_in_from(get_authentication_records(request, user))
    found = witnessed or plain_sign_in(user.last_login or user.created_at)
    return replace(
        found,
        sign_in_id=sign_in_id_of(request.session.session_key),
        federation_id=federation_of(request.session),
    )
