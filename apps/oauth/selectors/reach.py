"""In which projects somebody may act, and until when."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apps.oauth.scopes import only_winds_down

Ends = Mapping[uuid.UUID, datetime]  # By project.


@dataclass(frozen=True)
class Reach:
    """In which projects somebody may act, by when that ends: in those that are open, and in those
    that wind down, which are only for who finishes what is under way there.
    """

    ends: Ends = field(default_factory=dict)
    winding_down: Ends = field(default_factory=dict)

    def by_scopes(self, scopes: Iterable[str]) -> Ends:
        """Those that a grant of these scopes is for."""
        return {**self.ends, **self.winding_down} if only_winds_down(scopes) else self.ends

    def within(self, other: "Reach") -> "Reach":
        """What the other reaches too."""
        return Reach(
            {one: end for one, end in self.ends.items() if one in other.ends},
            {one: end for one, end in self.winding_down.items() if one in other.winding_down},
        )
