"""The clients that a project ends for, in words."""

from collections.abc import Iterable, Iterator, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.identity.admin.cells import to
from apps.oauth.selectors.acting_clients import ActingClient

SHOWN = 20
KEEPS = " (goes on in its other projects)"
# For one and for many.
NAMING = ("client that names it", "clients that name it")
MEMBERS = (
    "client that acts in it by its partner's membership",
    "clients that act in it by their partner's membership",
)


def client_lines(clients: Sequence[ActingClient]) -> Iterable[SafeString]:
    """A line for each way to act in it, also where there is none."""
    yield _line(NAMING, [one for one in clients if one.names_it])
    yield _line(MEMBERS, [one for one in clients if not one.names_it])


def _line(words: tuple[str, str], found: Sequence[ActingClient]) -> SafeString:
    one, many = words
    if not found:
        return format_html("Ends for no {}.", one)
    counted = f"{len(found)} {one if len(found) == 1 else many}"
    return format_html("Ends for {}: {}.", counted, _names(found))


def _names(found: Sequence[ActingClient]) -> SafeString:
    names = [*map(_name, found[:SHOWN]), *_rest(len(found) - SHOWN)]
    return format_html_join(", ", "{}", ((name,) for name in names))


def _name(one: ActingClient) -> SafeString:
    whose = f" of {one.client.partner.name}" if one.client.partner else ""
    return format_html("{}{}{}", to(one.client), whose, KEEPS if one.keeps_others else "")


def _rest(more: int) -> Iterator[str]:
    if more > 0:
        yield f"and {more} more"
