"""Second factors as people hold them: an app that shows codes, recovery codes, a passkey."""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client as Browser
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

from apps.identity.models import User
from tests.factories.identity import PASSWORD

STEP = 30
LATE = 27
_COSE: Any = ES256
PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


@dataclass(frozen=True)
class App:
    """An authenticator app."""

    secret: str

    def code(self, steps: int = 0) -> str:
        """What it shows now, with enough time left to type it, or so many steps from now."""
        if time.time() % STEP > LATE:
            time.sleep(STEP - time.time() % STEP)
        value = hotp_value(self.secret, int(time.time()) // STEP + steps)
        return str(format_hotp_value(value))


def app_of(user: User) -> App:
    """An app the person has set up, and recovery codes with it."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return App(secret)


def recovery_codes_of(user: User) -> list[str]:
    row = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    return list(row.wrap().get_unused_codes())


def give_password(browser: Browser, user: User, password: str = PASSWORD, **more: Any) -> Any:
    form = {"login": user.email, "password": password}
    return browser.post("/account/login/", form, **more)


def give_code(browser: Browser, code: str, **more: Any) -> Any:
    return browser.post("/account/2fa/authenticate/", {"code": code}, **more)


@dataclass
class Passkey:
    """An authenticator in software; each flag of it can be a lie."""

    origin: str = "https://buyer.example"
    flags: int = PRESENT | VERIFIED
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(said).encode()

    def _data(self, rp_id: str, flags: int, rest: bytes = b"") -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + bytes(4) + rest

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What a browser answers to the options of a registration (WebAuthn section 5.1.3)."""
        asked = options["publicKey"]
        cose = cbor.encode(dict(_COSE.from_cryptography_key(self.key.public_key())))
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        data = self._data(asked["rp"]["id"], self.flags | WITH_KEY, credential)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=self._client_data("webauthn.create", asked["challenge"]),
            attestationObject=attestation,
        )

    def get(self, options: dict[str, Any], user: User) -> dict[str, Any]:
        """What a browser answers to the options of a sign-in (section 5.1.4)."""
        asked = options["publicKey"]
        data = self._data(asked["rpId"], self.flags)
        said = self._client_data("webauthn.get", asked["challenge"])
        signed = data + hashlib.sha256(said).digest()
        return self._answer(
            clientDataJSON=said,
            authenticatorData=data,
            signature=self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
            userHandle=user_pk_to_url_str(user).encode(),
        )

    def _answer(self, **parts: bytes) -> dict[str, Any]:
        name = websafe_encode(self.id)
        response = {part: websafe_encode(value) for part, value in parts.items()}
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
            "authenticatorAttachment": "platform",
        }


def add_passkey(browser: Browser, passkey: Passkey, name: str = "My laptop") -> Any:
    """Through the page, by somebody who has just signed in."""
    page = browser.get("/account/2fa/webauthn/add/")
    credential = passkey.create(page.context["js_data"]["creation_options"])
    form = {"name": name, "passwordless": "on", "credential": json.dumps(credential)}
    return browser.post("/account/2fa/webauthn/add/", form)


def sign_in_with(browser: Browser, passkey: Passkey, user: User, **more: str) -> Any:
    """With the passkey alone."""
    path = "/account/2fa/webauthn/login/"
    options = browser.get(path, headers={"Accept": "application/json"}).json()["request_options"]
    return browser.post(path, {"credential": json.dumps(passkey.get(options, user)), **more})
