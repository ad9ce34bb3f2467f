"""What staff fill in to register a client and to change one."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from apps.identity.admin.acts import OnceForm, RecordForm
from apps.oauth.admin.forms import ScopeFields, reasons_field, scope_choices
from apps.oauth.models import Client, TrustedIssuer
from apps.oauth.models.clients import (
    AuthMethod,
    ClientEnvironment,
    ClientPeople,
    GrantType,
    IdTokenAlgorithm,
    Profile,
)
from apps.oauth.policy.metadata import ClientMetadata
from apps.partners.models import Partner
from apps.partners.states import PartnerStatus
from apps.projects.models import Project
from apps.projects.states import ProjectStatus

LISTS = ("post_logout_redirect_uris", "cors_origins", "allowed_resources", "networks")
LIVES = ("access_token_seconds", "refresh_idle_seconds", "session_seconds")
USUAL = ClientMetadata()
MAX_KEYS = 50_000
# The widget of the browser writes this form; seconds, so that sending it again changes nothing.
MOMENT = "%Y-%m-%dT%H:%M:%S"


class ListField(forms.CharField):
    """One value per line."""

    def __init__(self, label: str, help_text: str) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=help_text,
        )

    def clean(self, value: Any) -> list[str]:  # noqa: ANN401 -- Django's signature
        return str(super().clean(value)).split()

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 -- Django's signature
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def has_changed(self, initial: Any, data: Any) -> bool:  # noqa: ANN401 -- Django's signature
        return str(data or "").split() != list(initial or ())


class KeySetField(forms.CharField):
    """A JWK set as JSON; what is in it, the service judges."""

    def clean(self, value: Any) -> Any:  # noqa: ANN401 -- Django's signature
        text = super().clean(value)
        if not text:
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValidationError("This is not JSON.") from error

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 -- Django's signature
        return json.dumps(value, indent=2) if isinstance(value, dict) else value


@dataclass(frozen=True)
class Fold:
    """Fields below one title that one has to open."""

    title: str
    fields: Sequence[BoundField]

    @property
    def is_open(self) -> bool:
        """Nothing that was filled in just now, or is faulty, is out of sight."""
        return any(field.errors or _was_filled_in(field) for field in self.fields)


def _was_filled_in(field: BoundField) -> bool:
    return field.form.is_bound and field.field.has_changed(field.initial, field.data)


class FoldedForm(OnceForm):
    """The few fields that everybody needs first, the rest folded away by subject."""

    folding: ClassVar[Sequence[tuple[str, Sequence[str]]]] = ()

    @property
    def folded_names(self) -> set[str]:
        return {name for _, names in self.folding for name in names}

    def folds(self) -> Iterator[Fold]:
        for title, names in self.folding:
            yield Fold(title, [self[name] for name in names])


class AddressFields(FoldedForm):
    """What a client is for, where its pages and keys are, from where it calls, and how long things
    last.
    """

    environment = forms.ChoiceField(
        choices=ClientEnvironment.choices,
        required=False,
        initial=ClientEnvironment.PRODUCTION,
        help_text="What it is for. It decides nothing: a sandbox has what it was given.",
    )

    people = forms.ChoiceField(
        label="Whom it may act for",
        choices=[("", "As usual: whose it is"), *ClientPeople.choices],
        required=False,
        help_text="As usual, a vendor's is for that vendor's people and every other for everybody "
        "with a role; but one of the buyer's own that asks only who somebody is (openid, profile, "
        "email) is for the buyer's people.",
    )
    redirect_uris = ListField(
        "Redirect URIs", "One per line, exact; needed for authorization_code, and only then."
    )
    client_jwks = KeySetField(
        label="Public keys (JWK set)",
        required=False,
        max_length=MAX_KEYS,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="For private_key_jwt. Public parts only: the private key never leaves its owner.",
    )
    client_jwks_uri = forms.CharField(
        label="Address of its JWK set",
        required=False,
        max_length=500,
        help_text="Instead of the keys themselves, if the client publishes them.",
    )
    did = forms.CharField(
        label="Decentralised identifier",
        required=False,
        max_length=500,
        help_text="Instead of either: did:key, did:jwk or did:web, whose document has its keys.",
    )
    client_assertion_issuer = forms.ModelChoiceField(
        TrustedIssuer.objects.all(),
        label="Trusted issuer of its assertions",
        required=False,
        empty_label="None: it has a key of its own",
        help_text="Instead of keys: an issuer that signs in its stead, such as the cluster it "
        "runs in. It has to be one of the same partner's.",
    )
    client_assertion_subject = forms.CharField(
        label="Its name there (sub)",
        required=False,
        max_length=255,
        help_text="Exactly as that issuer writes it, such as system:serviceaccount:erp:orders.",
    )
    post_logout_redirect_uris = ListField(
        "Post-logout redirect URIs", "One per line; where people may land after signing out."
    )
    backchannel_logout_uri = forms.CharField(
        label="Back-channel logout URI",
        required=False,
        max_length=500,
        help_text="Where its server hears that somebody has signed out here.",
    )
    cors_origins = ListField(
        "Origins of its web pages",
        "One per line, such as https://app.example. Their scripts may call token, userinfo and "
        "revocation.",
    )
    allowed_resources = ListField(
        "Resources", "One per line; what it may ask tokens for beside our own API (RFC 8707)."
    )
    networks = ListField(
        "Networks", "One per line, such as 192.0.2.0/24; none means it may call from anywhere."
    )
    vendor_claims_in_token_response = forms.BooleanField(
        label="Token answers tell of its partner's record what the scopes show", required=False
    )
    access_token_seconds = forms.IntegerField(
        label="An access token lives, in seconds",
        required=False,
        initial=USUAL.access_token_seconds,
    )
    refresh_idle_seconds = forms.IntegerField(
        label="An unused session ends after, in seconds",
        required=False,
        initial=USUAL.refresh_idle_seconds,
    )
    session_seconds = forms.IntegerField(
        label="Any session ends after, in seconds", required=False, initial=USUAL.session_seconds
    )
    expires_at = forms.DateTimeField(
        label="The client expires",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=MOMENT),
        help_text="In UTC; empty means never.",
    )


KEYS = (
    "client_jwks", "client_jwks_uri", "did", "client_assertion_issuer", "client_assertion_subject",
)  # fmt: skip
SINGLE = ("backchannel_logout_uri", "vendor_claims_in_token_response")
PAGES = ("post_logout_redirect_uris", *SINGLE, "cors_origins", "allowed_resources")
LIMITS = ("networks", *LIVES, "expires_at")


class ClientForm(AddressFields, ScopeFields):
    name = forms.CharField(
        max_length=255, help_text="People see it when they are asked to consent."
    )
    partner = forms.ModelChoiceField(
        Partner.objects.filter(status=PartnerStatus.ACTIVE),
        required=False,
        empty_label="Nobody: it is the buyer's own",
    )
    grant_types = forms.MultipleChoiceField(
        label="Grants",
        choices=GrantType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="client_credentials for a machine of its own, authorization_code for what acts "
        "for people.",
    )
    auth_method = forms.ChoiceField(
        label="Client authentication",
        choices=[(method.value, method.value) for method in AuthMethod],
        help_text="“none” is for an app on people's own devices, which can keep no secret; "
        "“private_key_jwt” needs its public keys below.",
    )
    projects = forms.ModelMultipleChoiceField(
        Project.objects.filter(status=ProjectStatus.OPEN),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: every project of the partner's. The buyer's own needs some.",
    )
    profile = forms.ChoiceField(
        choices=[
            (Profile.STANDARD, "Standard (OAuth 2.1)"),
            (Profile.FAPI, "FAPI 2.0: private_key_jwt, pushed requests, DPoP, ES256"),
        ],
        required=False,
        initial=Profile.STANDARD,
    )
    with_api_key = forms.BooleanField(
        label="It must show an extra API key, too",
        required=False,
        help_text="Made for it and shown once, on the next page.",
    )
    dpop_bound_access_tokens = forms.BooleanField(
        label="Only tokens bound to a key of its own (DPoP)", required=False
    )
    require_pushed_authorization_requests = forms.BooleanField(
        label="Only pushed authorization requests (PAR)", required=False
    )
    id_token_signed_response_alg = forms.ChoiceField(
        label="ID tokens signed with",
        choices=[("", "The profile's own"), *IdTokenAlgorithm.choices],
        required=False,
    )
    userinfo_signed_response_alg = forms.ChoiceField(
        label="Userinfo signed with",
        choices=[("", "Nothing: plain JSON"), *IdTokenAlgorithm.choices],
        required=False,
    )
    is_resource_server = forms.BooleanField(
        label="It is a resource server and may introspect tokens", required=False
    )
    audience = forms.CharField(
        label="Its audience", required=False, max_length=255, help_text="Empty means our own API."
    )
    folding = (
        (
            "Keys and security profile",
            (
                *KEYS, "profile", "with_api_key", "dpop_bound_access_tokens",
                "require_pushed_authorization_requests", "id_token_signed_response_alg",
                "userinfo_signed_response_alg",
            ),
        ),
        ("Pages and resources", PAGES),
        ("Networks and lifetimes", LIMITS),
        ("Resource server", ("is_resource_server", "audience")),
    )  # fmt: skip
    field_order = [
        "name", "partner", "people", "environment", "grant_types", "auth_method", "redirect_uris",
        "projects", "role", "bundle", "scopes", "reasons",
    ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("grant_types") and not given.get("is_resource_server"):
            self.add_error("grant_types", "Tick at least one.")
        return given


class ChangeForm(AddressFields, RecordForm):
    """What may be changed of a client, filled in as it is; what makes no sense for it is left
    out. Sending it as it stands changes nothing.
    """

    scopes = forms.MultipleChoiceField(
        required=False, choices=scope_choices, widget=forms.CheckboxSelectMultiple
    )
    reasons = reasons_field()
    folding = (("Pages and resources", PAGES), ("Networks and lifetimes", LIMITS))
    field_order = ["environment", "people", "redirect_uris", *KEYS, "scopes", "reasons"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- Django's signature
        super().__init__(*args, **kwargs)
        if isinstance(self.record, Client):
            self._fill_in(self.record)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        held = self.record.allowed_scopes if isinstance(self.record, Client) else []
        if set(given.get("scopes", ())) - set(held) and not given.get("reasons"):
            self.add_error("reasons", "Say why it needs the new ones.")
        return given

    def _fill_in(self, client: Client) -> None:
        if not client.allows_grant_type(GrantType.AUTHORIZATION_CODE):
            del self.fields["redirect_uris"]
        if client.token_endpoint_auth_method != AuthMethod.PRIVATE_KEY_JWT:
            for name in KEYS:
                del self.fields[name]
        self.fields["people"] = forms.ChoiceField(
            label="Whom it may act for", choices=ClientPeople.choices, required=False
        )
        present = {
            "environment": client.environment,
            "people": client.people,
            "scopes": client.allowed_scopes,
            "redirect_uris": client.redirect_uris.split(),
            "post_logout_redirect_uris": client.post_logout_redirect_uris.split(),
            "cors_origins": client.allowed_origins.split(),
            "allowed_resources": client.allowed_resources,
            "expires_at": client.expires_at,
            **{name: getattr(client, name) for name in (*KEYS, *SINGLE, "networks", *LIVES)},
        }
        for name, value in present.items():
            if name in self.fields:
                self.fields[name].initial = value


def chosen_metadata(given: dict[str, Any]) -> ClientMetadata:
    """What the form says of everything optional."""
    flags = ("dpop_bound_access_tokens", "require_pushed_authorization_requests")
    id_token, userinfo = (
        IdTokenAlgorithm(given[name]) if given[name] else None
        for name in ("id_token_signed_response_alg", "userinfo_signed_response_alg")
    )
    return ClientMetadata(
        profile=Profile(given["profile"] or Profile.STANDARD),
        environment=ClientEnvironment(given["environment"] or ClientEnvironment.PRODUCTION),
        people=ClientPeople(given["people"]) if given["people"] else None,
        audience=given["audience"],
        id_token_signed_response_alg=id_token,
        userinfo_signed_response_alg=userinfo,
        expires_at=given["expires_at"],
        **lives(given),
        **{name: given[name] for name in (*KEYS, *SINGLE, *LISTS, *flags)},
    )


def lives(given: dict[str, Any]) -> dict[str, Any]:
    """The lifetimes that were filled in; an empty one stays what it is."""
    return {name: given[name] for name in LIVES if given[name] is not None}
