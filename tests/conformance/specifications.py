"""The specifications a test may say it proves, in the order of the page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Specification:
    """`key` is what `conforms` is given, `folder` where its tests stand under this one."""

    key: str
    title: str
    folder: str


SPECIFICATIONS = (
    Specification("RFC 6749", "The OAuth 2.0 Authorization Framework", "rfc6749"),
    Specification("RFC 6750", "Bearer Token Usage", "rfc6750"),
    Specification("RFC 7009", "Token Revocation", "rfc7009"),
    Specification("RFC 7396", "JSON Merge Patch", "rfc7396"),
    Specification("RFC 7517", "JSON Web Key", "rfc7517"),
    Specification("RFC 7523", "JWT Profile for Client Authentication and Grants", "rfc7523"),
    Specification("RFC 7636", "Proof Key for Code Exchange", "rfc7636"),
    Specification("RFC 7662", "Token Introspection", "rfc7662"),
    Specification("RFC 8252", "OAuth 2.0 for Native Apps", "rfc8252"),
    Specification("RFC 8414", "Authorization Server Metadata", "rfc8414"),
    Specification("RFC 8628", "Device Authorization Grant", "rfc8628"),
    Specification("RFC 8693", "Token Exchange", "rfc8693"),
    Specification("RFC 8707", "Resource Indicators", "rfc8707"),
    Specification("RFC 9068", "JWT Profile for Access Tokens", "rfc9068"),
    Specification("RFC 9110", "HTTP Semantics: conditional requests", "rfc9110"),
    Specification("RFC 9126", "Pushed Authorization Requests", "rfc9126"),
    Specification("RFC 9162", "Certificate Transparency: Merkle trees and proofs", "rfc9162"),
    Specification("RFC 9207", "Authorization Server Issuer Identification", "rfc9207"),
    Specification("RFC 9396", "Rich Authorization Requests", "rfc9396"),
    Specification("RFC 9449", "Demonstrating Proof of Possession", "rfc9449"),
    Specification("RFC 9470", "OAuth 2.0 Step Up Authentication Challenge", "rfc9470"),
    Specification("RFC 9700", "Best Current Practice for OAuth 2.0 Security", "rfc9700"),
    Specification("RFC 9701", "JWT Response for Token Introspection", "rfc9701"),
    Specification("RFC 9728", "Protected Resource Metadata", "rfc9728"),
    Specification("OAuth 2.1", "draft-ietf-oauth-v2-1 of 2026-05-04", "oauth21"),
    Specification("FAPI 2.0", "Security Profile, Final; clients of profile `fapi`", "fapi2"),
    Specification("OIDC Core", "OpenID Connect Core 1.0", "oidc_core"),
    Specification("OIDC Discovery", "OpenID Connect Discovery 1.0", "oidc_discovery"),
    Specification("OIDC Logout", "OpenID Connect RP-Initiated Logout 1.0", "oidc_logout"),
    Specification(
        "OIDC Back-Channel", "OpenID Connect Back-Channel Logout 1.0", "oidc_backchannel"
    ),
    Specification("ASVS 5 V6", "OWASP ASVS 5.0, chapter V6 Authentication", "asvs5_v6"),
    Specification("ASVS 5 V7", "OWASP ASVS 5.0, chapter V7 Session Management", "asvs5_v7"),
    Specification("ASVS 5 V10", "OWASP ASVS 5.0, chapter V10 OAuth and OIDC", "asvs5_v10"),
    Specification("OIDF suite", "What the OpenID conformance suite accepts", "oidf_suite"),
    Specification(
        "Library", "Defects of django-oauth-toolkit 3.4.1, each mended here", "dot_defects"
    ),
    Specification("House", "Hostile input: never a 5xx", "hostile"),
)
KEYS = {one.key for one in SPECIFICATIONS}
