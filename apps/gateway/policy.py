"""What makes a write safe: that the caller has seen what it is about to change (RFC 9110 section
13.1.1), and the key by which a request is known again.
"""

import re
from dataclasses import dataclass

from apps.gateway.errors import PreconditionRequiredError, RevisionStaleError

BARE_KEY = re.compile(r"[!#-~][!-~]*")
STRING_KEY = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])+)"')


def key_in(given: str) -> str | None:
    """The Idempotency-Key that a header says, bare or as the string of a structured field (RFC
    9651 section 3.3.3). None where it says none.
    """
    quoted = STRING_KEY.fullmatch(given)
    if quoted:
        return re.sub(r"\\(.)", r"\1", quoted[1])
    return given if BARE_KEY.fullmatch(given) else None


def entity_tag(resource_id: str, revision: int) -> str:
    """The strong entity tag of a resource at a revision."""
    return f'"{resource_id}.{revision}"'


@dataclass(frozen=True)
class Precondition:
    """What If-Match said: nothing, the tags of revisions the caller has seen, or any (`*`)."""

    tags: frozenset[str] = frozenset()
    any_revision: bool = False

    def require(self, *, resource_id: str, revision: int) -> None:
        """Raises PreconditionRequiredError (428) and RevisionStaleError (412).

        Called under the row's lock, so that what was compared is what will be changed.
        """
        if self.any_revision or entity_tag(resource_id, revision) in self.tags:
            return
        if not self.tags:
            raise PreconditionRequiredError(
                "Send If-Match with the ETag of the revision you have read."
            )
        raise RevisionStaleError(
            f"The resource is at revision {revision}. Read it again, then decide.",
            extra={"current_revision": revision, "current_etag": entity_tag(resource_id, revision)},
        )


ANY_REVISION = Precondition(any_revision=True)
