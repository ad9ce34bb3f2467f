"""Whom a purchasing policy is for, and what a version says beside the one before it."""

from django.utils.html import format_html

from apps.identity.admin.cells import code, stack, tag, to
from apps.identity.admin.records import Table
from apps.partners.models import Role
from apps.projects.admin.words import Said, terms_in_words, vendors_named
from apps.projects.models import PolicyVersion, PurchasingPolicy
from apps.projects.policy import terms_of


def for_whom(policy: PurchasingPolicy) -> Said:
    """Everybody, or all that is named."""
    named = {
        "client": code(policy.client_id) if policy.client_id else "",
        "partner": to(policy.partner) if policy.partner else "",
        "role": Role(policy.role).label if policy.role else "",
        "project": to(policy.project) if policy.project else "",
    }
    said = [format_html("{} {}", kind, value) for kind, value in named.items() if value]
    return stack(said) if said else "everybody"


def says_table(version: PolicyVersion, *, title: str = "What it says") -> Table:
    """All that a version says, beside what the one before it said."""
    before = version.policy.versions.filter(version__lt=version.version).first()
    terms = terms_of(version)
    if before is None:
        words = terms_in_words(terms, vendors_named(terms))
        return Table(title, ("About", "Says"), list(words.items()), "")
    earlier = terms_of(before)
    vendors = vendors_named(terms, earlier)
    said, then = terms_in_words(terms, vendors), terms_in_words(earlier, vendors)
    rows = [
        (name, words, then[name], tag("changed", "warn") if words != then[name] else "same")
        for name, words in said.items()
    ]
    head = ("About", f"Version {version.version}", f"Before: version {before.version}", "Compared")
    return Table(title, head, rows, "")
