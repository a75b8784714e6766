"""How a task reads on the screen: sign, word and colour of a status; ages, sizes and times as text."""

from __future__ import annotations

import time
from typing import NamedTuple

from camb_tui.domain.tasks import Task, TaskStatus


class Look(NamedTuple):
    """How a status looks: a sign one cell wide, its ASCII twin, a word of at most nine cells, a theme colour's name."""

    sign: str
    ascii: str
    word: str
    colour: str


# Signs are East Asian Width N or Na, so they take one cell in every terminal; black circle and double bar do not.
LOOKS = {
    TaskStatus.HELD: Look("=", "=", "held", "text-secondary"),
    TaskStatus.QUEUED: Look("=", "=", "queued", "text-secondary"),
    TaskStatus.SENDING: Look("▸", ">", "sending", "text-primary"),
    TaskStatus.SPLIT: Look("¦", "|", "split", "text-primary"),
    TaskStatus.PENDING: Look("▸", ">", "PENDING", "text-primary"),
    TaskStatus.UNKNOWN: Look("▸", ">", "", "text-primary"),
    TaskStatus.SUCCESS: Look("✓", "+", "SUCCESS", "text-success"),
    TaskStatus.ERROR: Look("✗", "!", "ERROR", "text-error"),
    TaskStatus.TIMEOUT: Look("◷", "T", "TIMEOUT", "text-warning"),
    TaskStatus.PAYMENT_REQUIRED: Look("$", "$", "PAYMENT", "text-warning"),
    TaskStatus.UNCONFIRMED: Look("?", "?", "unconfirm", "text-warning"),
    TaskStatus.REJECTED: Look("⊘", "x", "rejected", "text-error"),
    TaskStatus.OVERDUE: Look("◌", "o", "overdue", "text-warning"),
    TaskStatus.MISSING: Look("∅", "-", "missing", "text-warning"),
}
STALE_SIGN = "~"
DASH = "-"


def look(task: Task) -> Look:
    """Sign, word and colour of a task; the service's own word where it is one we do not know."""
    found = LOOKS[task.status]
    if task.status is TaskStatus.SPLIT and task.parts:
        share = f"{task.parts_done}/{len(task.parts)}"
        return found._replace(word=f"split {share}" if len(share) <= 3 else share)
    return found._replace(word=task.word[:9]) if task.word else found


def age_text(seconds: float) -> str:
    """A coarse age, at most three cells for the first hundred days: "now", "6m", "2h", "3d"."""
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{int(seconds // 60)}m"
    if seconds < 86400:
        return f"{int(seconds // 3600)}h"
    return f"{int(seconds // 86400)}d"


SOON = 20.0
"""Seconds left below which a row says no more than "soon"."""
_LEFT_STEPS = (
    (SOON, "soon"), (45, "~30s"), (90, "~1m"), (150, "~2m"), (240, "~3m"), (450, "~5m"), (750, "~10m"), (1050, "~15m"),
    (1500, "~20m"), (2250, "~30m"), (3200, "~45m"),
)  # fmt: skip


def left_text(task: Task, *, now: float) -> str:
    """About how long a live task still takes, in few steps so that the cell seldom changes; empty for no idea."""
    if task.is_stuck(now):
        return "long"
    if task.expected_at is None:
        return ""
    left = task.expected_at - now
    for limit, text in _LEFT_STEPS:
        if left < limit:
            return text
    return f"~{round(left / 3600)}h"


def about_when(when: float, *, now: float) -> str:
    """An estimate as a time of day, in steps by how far off it is; unlike a countdown it stands still."""
    ahead = when - now
    step = 60 if ahead < 3600 else 300 if ahead < 6 * 3600 else 900
    moment = time.localtime(round(when / step) * step)
    return time.strftime("%H:%M" if moment[:3] == time.localtime(now)[:3] else "%a %H:%M", moment)


def duration_text(seconds: float) -> str:
    """A duration in two units at most: "52s", "3m 20s", "2h 05m", "3d 4h"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f}s" if seconds < 10 else f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 86400}d {whole % 86400 // 3600}h"


def size_text(size: float) -> str:
    """Bytes in the largest unit that keeps the number above one: "812 B", "4.8 KB", "21 MB"."""
    for unit in ("B", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def clock_text(when: float, *, now: float) -> str:
    """The local time of day, with the date when it is not today."""
    moment, today = time.localtime(when), time.localtime(now)
    if moment[:3] == today[:3]:
        return time.strftime("%H:%M:%S", moment)
    return time.strftime("%Y-%m-%d %H:%M", moment)


def count_text(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 task", "1,204 tasks"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
