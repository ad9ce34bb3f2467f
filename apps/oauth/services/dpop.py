"""DPoP (RFC 9449): a key is proved anew with every request, with a nonce of ours, once."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.conf import settings
from django.utils.crypto import constant_time_compare

from apps.core.crypto import keyed_digest
from apps.oauth.errors import InvalidDpopProofError, UseDpopNonceError
from apps.oauth.policy.dpop import (
    Proof,
    check_created,
    check_method,
    check_target,
    check_token_hash,
    read_proof,
)
from apps.oauth.services.client_keys import has_key
from apps.oauth.services.replay import remember_once

if TYPE_CHECKING:
    from apps.oauth.services.exchange import Exchange

# A nonce is of its slot and accepted in the next one: for 2.5 to 5 minutes.
SLOT_SECONDS = 150
PATH_CHARACTERS = "/:@!$&'()*+,;="  # What stands in a path as it is (RFC 3986 section 3.3).


def fresh_nonce(at: datetime) -> str:
    """The nonce of this moment (section 8): unknown to others beforehand, and nothing to store."""
    return _nonce_of(_slot(at))


def _slot(at: datetime) -> int:
    return int(at.timestamp()) // SLOT_SECONDS


def _nonce_of(slot: int) -> str:
    digest = keyed_digest("dpop-nonce", str(slot))
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_nonce(nonce: str, at: datetime) -> None:
    """Section 4.3 check 10; one is always asked for (section 11.3). Raises UseDpopNonceError."""
    recent = (_nonce_of(_slot(at)), _nonce_of(_slot(at) - 1))
    if not any(constant_time_compare(nonce, known) for known in recent):
        raise UseDpopNonceError("Put our DPoP-Nonce into the proof.", nonce=fresh_nonce(at))


def check_proof(
    headers: Sequence[str], *, method: str, path: str, at: datetime, access_token: str = ""
) -> Proof:
    """The checks of section 4.3, but for whose key it must be. ``path`` as the request has it,
    decoded; the address is ours by configuration, whatever the Host header says.

    Raises InvalidDpopProofError, UseDpopNonceError.
    """
    proof = read_proof(headers)
    check_method(proof, method)
    check_target(proof, _address(path))
    check_nonce(proof.nonce, at)
    check_created(proof, at)
    if access_token:
        check_token_hash(proof, access_token)
    return proof


def _address(path: str) -> str:
    return f"{settings.PUBLIC_URL}{quote(path, safe=PATH_CHARACTERS)}"


def spend_proof(proof: Proof, *, path: str) -> None:
    """Section 11.1: a proof counts once at its address. Without the database nothing counts.

    Raises InvalidDpopProofError.
    """
    # The id comes last: it alone may have a space in it.
    value = f"{proof.jkt} {_address(path)} {proof.jti}"
    if not remember_once(purpose="dpop", value=value, expires=proof.spent_until):
        raise InvalidDpopProofError("The proof was used before: make one for every request.")


def check_early(exchange: "Exchange") -> None:
    """Whatever would be refused of the proof is refused before the client assertion beside it is
    spent; a client told of our nonce may then send the same assertion again.

    Raises InvalidDpopProofError, UseDpopNonceError.
    """
    if exchange.dpop_proof:
        check_proof(exchange.dpop_proof, method=exchange.method, path=exchange.path, at=exchange.at)


def proved_key(exchange: "Exchange", *, at: datetime) -> str:
    """The thumbprint of the key a request to the authorization server proves; "" without a proof.
    A client with a DID proves one of the keys of its document, as it is now.

    Raises InvalidDpopProofError, UseDpopNonceError.
    """
    if not exchange.dpop_proof:
        return ""
    proof = check_proof(exchange.dpop_proof, method=exchange.method, path=exchange.path, at=at)
    client = exchange.client.client if exchange.client else None
    if client is not None and client.did and not has_key(client, proof.jkt, at=at):
        raise InvalidDpopProofError("The proof's key is not in the client's DID document.")
    spend_proof(proof, path=exchange.path)
    return proof.jkt
