"""What allauth asks about second factors."""

from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from apps.core.fields import decrypt, encrypt

CONTEXT = "mfa_authenticator.data"


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets are encrypted at rest; passkeys belong to the host of PUBLIC_URL."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is wrong, too old, or has been used.",
        "passkey_refused": "The passkey was not accepted.",
        "unverified_email": (
            "Prove first that your address is yours; the button below mails you the link."
        ),
    }

    def encrypt(self, text: str) -> str:
        return encrypt(text, context=CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text, context=CONTEXT)

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Never what the request's Host claims."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname, "name": "Countersign"}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002, ANN401, ARG002 -- allauth's signature
        return "My passkey"
