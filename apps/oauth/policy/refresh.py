"""Whether a refresh token is rotated, and to whose key it is bound."""

from apps.oauth.models import Client, RefreshToken, TokenSession


def rotates(client: Client, row: RefreshToken) -> bool:
    """A token that only the holder of a key can use stays (FAPI 2.0 section 5.3.2.1 no. 9); any
    other is rotated (RFC 9700 section 4.14.2), and so is the one whose rotation bound the session
    when it comes again for a lost answer.
    """
    if row.rotated_at is not None:
        return True
    return not row.session.dpop_jkt and not client.holds_a_key


def bound_to_another_key(client: Client, session: TokenSession, dpop_jkt: str) -> bool:
    """A session bound to a key, at its first token or at a refresh since, is refreshed with a
    proof of that key (RFC 9449 section 5). A client that proves itself by a key of its own may
    change this one.
    """
    if not session.dpop_jkt:
        return False
    if client.holds_a_key:
        return not dpop_jkt
    return dpop_jkt != session.dpop_jkt
