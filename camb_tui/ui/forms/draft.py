"""What stands in forms that were not sent: kept by the app, so that closing a form throws nothing away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from camb_tui.domain.kinds import KINDS


@dataclass
class Draft:
    """Half-filled forms by kind, and by task for those that edit one."""

    kind: str = next(iter(KINDS))
    """The kind last chosen."""
    texts: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """Field texts by (key of the edited task or "", kind)."""

    def of(self, kind: str, task_key: str = "") -> Mapping[str, str]:
        """What stands in one form."""
        return self.texts.get((task_key, kind), {})

    def keep(self, kind: str, texts: Mapping[str, str], task_key: str = "") -> None:
        """Remember one form; an empty one is forgotten."""
        given = {name: text for name, text in texts.items() if text}
        if given:
            self.texts[task_key, kind] = given
        else:
            self.forget(kind, task_key)

    def forget(self, kind: str, task_key: str = "") -> None:
        """The form was sent."""
        self.texts.pop((task_key, kind), None)
