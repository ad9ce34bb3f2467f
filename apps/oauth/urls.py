"""The authorization server's addresses: ours alone, never the library's own list.

The namespace is the library's, which it reverses by name; its management pages do not exist.
"""

from django.urls import path

from apps.oauth.api import userinfo
from apps.oauth.views import (
    api_keys,
    authorize,
    consents,
    device,
    logout,
    metadata,
    pushed,
    sign_ins,
    tokens,
)

app_name = "oauth2_provider"

# The most asked come first, as in config/urls.py.
urlpatterns = [
    path("oauth/token", tokens.TokenView.as_view(), name="token"),
    path("oauth/introspect", tokens.IntrospectionView.as_view(), name="introspect"),
    path("account/access/", consents.access, name="access"),
    path("account/access/<str:client_id>/", consents.take_back, name="take-back"),
    path("account/sessions/", sign_ins.SignInsView.as_view(), name="sign-ins"),
    path("api/docs/api-keys", api_keys.from_key_to_oauth, name="api-keys"),
    path("oauth/authorize", authorize.AuthorizeView.as_view(), name="authorize"),
    path("oauth/par", pushed.PushedRequestView.as_view(), name="par"),
    path("oauth/revoke", tokens.RevocationView.as_view(), name="revoke-token"),
    path("oauth/userinfo", userinfo.UserInfoView.as_view(), name="user-info"),
    path("oauth/logout", logout.LogoutView.as_view(), name="rp-initiated-logout"),
    path(
        "oauth/logout/answer",
        logout.LogoutAnswerView.as_view(),
        name="rp-initiated-logout-answer",
    ),
    path(
        "oauth/device_authorization",
        device.DeviceAuthorizationView.as_view(),
        name="device-authorization",
    ),
    path("oauth/device", device.DeviceView.as_view(), name="device"),
    path("oauth/jwks", metadata.jwks, name="jwks-info"),
    path(
        ".well-known/oauth-authorization-server",
        metadata.authorization_server_metadata,
        name="oauth-server-metadata",
    ),
    path(
        ".well-known/openid-configuration",
        metadata.authorization_server_metadata,
        name="oidc-connect-discovery-info",
    ),
    path(
        ".well-known/oauth-protected-resource",
        metadata.protected_resource_metadata,
        name="oauth-resource-metadata",
    ),
    path(
        ".well-known/oauth-protected-resource/api/v1",
        metadata.protected_resource_metadata,
        name="oauth-resource-metadata-api",
    ),
]
