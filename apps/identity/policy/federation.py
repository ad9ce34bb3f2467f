"""Whom a provider upstream may vouch for, and what they become here."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.core.errors import FieldError, ForbiddenError
from apps.identity.models import FederationPreset, StaffRole

BELONGS = "This account belongs to your company's provider, which alone signs you in."
MOST_SUBJECT_CHARACTERS = 191  # django-allauth's column.
MOST_NAME_CHARACTERS = 200
_DOMAIN = re.compile(r"(?=.{3,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_TRUE = (True, 1, "1", "true", "True")


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """Somebody the provider knows, with an address that it has proved to be theirs."""

    subject: str
    email: str
    name: str
    claims: Mapping[str, Any]

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


@dataclass(frozen=True, kw_only=True)
class Becomes:
    """What a rule makes of somebody: staff in a role, or a partner's person in a role."""

    staff_role: str = ""
    partner: str = ""
    role: str = ""


def read_vouched(preset: str, claims: Mapping[str, Any], domains: Collection[str]) -> Vouched:
    """Raises ForbiddenError unless the address is proven and of a domain the provider may vouch
    for. The detail is for the person.
    """
    email = claims.get("email")
    if not is_email_address(email) or not email_is_proven(preset, claims):
        raise ForbiddenError("The provider does not vouch for your e-mail address.")
    name = claims.get("name")
    found = Vouched(
        subject=str(claims["sub"]),
        email=str(email).lower(),
        name=name[:MOST_NAME_CHARACTERS] if isinstance(name, str) and is_plain(name) else "",
        claims=claims,
    )
    if found.domain not in domains:
        raise ForbiddenError("Addresses of your domain cannot sign in by this provider.")
    return found


def is_email_address(text: object) -> bool:
    if not isinstance(text, str) or not text.isascii():
        return False
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def is_plain(text: str) -> bool:
    return text.isprintable()


def is_subject(text: object) -> bool:
    """OpenID Connect Core section 2: at most 255 ASCII characters; we can key fewer."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= MOST_SUBJECT_CHARACTERS
        and text.isascii()
        and text.isprintable()
    )


def email_is_proven(preset: str, claims: Mapping[str, Any]) -> bool:
    """Whether the provider itself has proved that the address is this person's.

    OpenID Connect Core section 5.1 has `email_verified`. Google sets it also for a Google account
    made long ago with somebody else's domain, and is the authority for Gmail and for Workspace
    domains (`hd`) alone. Microsoft lets any tenant's administrator write any address and says in
    the optional claim `xms_edov` whether the tenant has proved to own its domain; its
    `email_verified` is no evidence.
    """
    if preset == FederationPreset.MICROSOFT:
        return claims.get("xms_edov") in _TRUE
    if claims.get("email_verified") is not True:
        return False
    domain = str(claims.get("email", "")).lower().rpartition("@")[2]
    if preset == FederationPreset.GOOGLE:
        return domain == "gmail.com" or claims.get("hd") == domain
    return True


def first_match(rules: Sequence[Mapping[str, str]], vouched: Vouched) -> Becomes | None:
    """The first rule whose claim holds its value decides; None lets nobody in.

    `email_domain` is ours: the domain of the proven address, whatever a claim of that name says.
    """
    claims = {**vouched.claims, "email": vouched.email, "email_domain": vouched.domain}
    for rule in rules:
        if holds(claims.get(rule["claim"]), rule["value"]):
            return Becomes(
                staff_role=rule.get("staff_role", ""),
                partner=rule.get("partner", ""),
                role=rule.get("role", ""),
            )
    return None


def holds(found: object, value: str) -> bool:
    """A claim is this text, or a list that has it; `true` and `false` are written so."""
    if isinstance(found, list):
        return any(holds(one, value) for one in found if not isinstance(one, list))
    if isinstance(found, bool):
        return value == str(found).lower()
    return isinstance(found, str | int) and str(found) == value


def domain_faults(domains: Sequence[str]) -> list[FieldError]:
    if not domains:
        detail = "Name at least one domain: the provider vouches for nobody else."
        return [FieldError("/allowed_domains", "required", detail)]
    return [
        FieldError("/allowed_domains", "invalid", f"{one!r} is no domain in small letters.")
        for one in domains
        if not _DOMAIN.fullmatch(one)
    ]


def rule_faults(rules: Sequence[Mapping[str, str]]) -> list[FieldError]:
    """Whether each is whole; that its partner exists is another question."""
    if not rules:
        detail = "Without a rule nobody is let in: name at least one."
        return [FieldError("/rules", "required", detail)]
    return [
        FieldError("/rules", "invalid", f"Rule {number}: {fault}")
        for number, rule in enumerate(rules, 1)
        if (fault := _rule_fault(rule))
    ]


def _rule_fault(rule: Mapping[str, str]) -> str:
    if not rule.get("claim") or not rule.get("value"):
        return "a claim and its value belong to it."
    outcome = {name for name in ("staff_role", "partner", "role") if rule.get(name)}
    if outcome == {"staff_role"}:
        known = rule["staff_role"] in StaffRole.values
        return "" if known else f"{rule['staff_role']!r} is no staff role."
    return "" if outcome == {"partner", "role"} else "it names a staff role, or a partner and role."
