"""What purchasing policies have said, version by version: read only, for ever."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.core.ids import decode_id
from apps.identity.admin.acts import clock
from apps.identity.admin.cells import code, tag, to, when
from apps.identity.admin.records import Facts, RecordAdmin, Table
from apps.identity.models import User
from apps.projects.admin.policy_tables import for_whom, says_table
from apps.projects.models import PolicyVersion
from apps.projects.selectors import version_in_effect


@admin.register(PolicyVersion)
class PolicyVersionAdmin(RecordAdmin[PolicyVersion]):
    list_display = ("version", "policy", "policy__buyer_entity", "effective_from", "reason")
    list_select_related = ("policy__buyer_entity",)
    list_filter = ("policy__buyer_entity",)
    search_fields = ("=version", "policy__name", "reason")
    empty_hint = "No version yet: each purchasing policy is added with its first."

    def title_of(self, version: PolicyVersion) -> str:
        return f"{version.policy}, version {version.version}"

    def facts(self, _request: HttpRequest, version: PolicyVersion) -> Facts:
        return (
            ("Policy", to(version.policy)),
            ("Version", version.version),
            ("Standing", _standing(version)),
            ("For", for_whom(version.policy)),
            ("In effect from", when(version.effective_from)),
            ("Why", version.reason),
            ("Written", when(version.created_at)),
            ("By", _writer(version.created_by)),
            ("Id", code(version.public_id)),
        )

    def tables(self, _request: HttpRequest, version: PolicyVersion) -> Sequence[Table]:
        return (says_table(version),)


def _standing(version: PolicyVersion) -> SafeString:
    at = clock()
    if version.effective_from > at:
        return tag("begins later", "warn")
    is_current = version_in_effect(version.policy, at=at) == version
    return tag("in effect", "good") if is_current else tag("no longer in effect", "plain")


def _writer(actor_id: str) -> SafeString | str:
    """A member of staff by their page; a command or job as it is named."""
    key = decode_id(User.id_prefix, actor_id)
    person = User.objects.filter(pk=key).first() if key else None
    return to(person) if person else code(actor_id)
