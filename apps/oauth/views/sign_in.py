"""How the person before us has signed in, as django-allauth wrote it down in their session."""

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from apps.identity.models import User
from apps.oauth.policy.sign_in import SignIn, plain_sign_in, sign_in_from


def sign_in_of(request: HttpRequest) -> SignIn | None:
    """None for nobody. A sign-in that django-allauth did not witness counts from the person's
    last one, and is never taken for one of this moment.
    """
    user = request.user
    if not isinstance(user, User):
        return None
    witnessed = sign_in_from(get_authentication_records(request, user))
    return witnessed or plain_sign_in(user.last_login or user.created_at)
