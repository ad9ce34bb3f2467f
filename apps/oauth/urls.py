"""The authorization server's addresses: ours alone, never the library's own list.

The namespace is the library's, which it reverses by name; its management pages do not exist.
"""

from django.urls import path

from apps.oauth.views import authorize, metadata, tokens

app_name = "oauth2_provider"

urlpatterns = [
    path("oauth/authorize", authorize.AuthorizeView.as_view(), name="authorize"),
    path("oauth/token", tokens.TokenView.as_view(), name="token"),
    path("oauth/revoke", tokens.RevocationView.as_view(), name="revoke-token"),
    path("oauth/introspect", tokens.IntrospectionView.as_view(), name="introspect"),
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
