"""Small pieces of an admin page: a state, a link, a moment, a code. All escape what they show."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

EMPTY = "–"  # noqa: RUF001 -- the dash that stands for nothing
LONG = 40
TONES = {
    "active": "good",
    "open": "good",
    "live": "good",
    "allowed": "good",
    "acknowledged": "good",
    "suspended": "warn",
    "on_hold": "warn",
    "change_requested": "warn",
    "offboarded": "bad",
    "disabled": "bad",
    "denied": "bad",
    "declined": "bad",
    "ended": "plain",
    "expired": "plain",
}


def tag(text: str, tone: str | None = None) -> SafeString:
    """A state, coloured by what it means and readable without the colour."""
    chosen = tone or TONES.get(text, "plain")
    return format_html('<span class="tag tag-{}">{}</span>', chosen, text.replace("_", " "))


def link(text: object, address: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', address, text)


def record_url(record: Model) -> str:
    """The address of a record's own page."""
    meta = record._meta  # noqa: SLF001 -- Django's documented name
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def list_url(model: type[Model], query: str = "") -> str:
    meta = model._meta  # noqa: SLF001 -- Django's documented name
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return f"{address}?{query}" if query else address


def to(record: Model | None) -> SafeString | str:
    """A link to a record, named as it names itself."""
    return link(record, record_url(record)) if record is not None else EMPTY


def when(moment: datetime | None) -> SafeString | str:
    """A moment in UTC; a script of ours rewrites it to the reader's own zone."""
    if moment is None:
        return EMPTY
    utc = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}">{}</time>', utc.isoformat(), utc.strftime("%-d %b %Y, %H:%M UTC")
    )


def day(moment: datetime | date | None) -> SafeString | str:
    """A day alone, for lists, which have no room for more."""
    if moment is None:
        return EMPTY
    on = moment.astimezone(UTC) if isinstance(moment, datetime) else moment
    return format_html(
        '<span class="no-wrap" title="{}">{}</span>', on.isoformat(), on.strftime("%-d %b %Y")
    )


def sum_of(text: str) -> SafeString:
    """An amount with its currency, never broken over lines."""
    return format_html('<span class="no-wrap">{}</span>', text)


def code(text: str) -> SafeString | str:
    """Something to be copied as it stands; what is long, such as a hash, gets a line of its own."""
    if not text:
        return EMPTY
    return format_html('<code class="{}">{}</code>', "long" if len(text) > LONG else "short", text)


def codes(texts: Iterable[str]) -> SafeString | str:
    return format_html_join(" ", "<code>{}</code>", ((text,) for text in texts)) or EMPTY


def many(number: int, one: str) -> str:
    """`1 live session`, `2 live sessions`."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def stack(items: Iterable[object]) -> SafeString | str:
    """One below the other."""
    rows = format_html_join("", "<li>{}</li>", ((item,) for item in items))
    return format_html('<ul class="stack">{}</ul>', rows) if rows else EMPTY
