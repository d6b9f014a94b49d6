# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Amounts added up by hour, day, model, client, machine or phase, or several of them at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from green_qwen.report.periods import day_of, hour_of, hour_text
from green_qwen.report.postings import Posting

Key = tuple[str | int, ...]
# Names come from clients: a report must not grow without bound because one has thought of many.
MOST_GROUPS = 20_000
BEYOND = "(all others)"

_PARTS: dict[str, Callable[[Posting], str | int]] = {
    "hour": lambda posting: hour_of(posting.at_s),
    "day": lambda posting: day_of(posting.at_s),
    "model": lambda posting: posting.model,
    "client": lambda posting: posting.client,
    "phase": lambda posting: posting.phase,
    "machine": lambda posting: posting.machine,
}
DIMENSIONS = tuple(_PARTS)
# A window, and so all that no request has caused, has none of these.
OF_REQUESTS = frozenset({"model", "client"})


@dataclass(slots=True)
class Groups:
    """The sums of one grouping; with no dimension there is one group, the total."""

    by: tuple[str, ...] = ()
    most: int = MOST_GROUPS
    sums: dict[Key, dict[str, int]] = field(default_factory=dict)
    overflowed: bool = False

    @property
    def by_phase(self) -> bool:
        return "phase" in self.by

    @property
    def of_requests(self) -> bool:
        """Whether it holds requests alone, and no windows."""
        return not OF_REQUESTS.isdisjoint(self.by)

    def add(self, postings: Iterable[Posting]) -> None:
        for posting in postings:
            sums = self._sums_of(posting)
            for name, amount in posting.amounts.items():
                if amount:
                    sums[name] = sums.get(name, 0) + amount

    def _sums_of(self, posting: Posting) -> dict[str, int]:
        key: Key = tuple([_PARTS[name](posting) for name in self.by])
        found = self.sums.get(key)
        if found is None:
            if len(self.sums) >= self.most:
                self.overflowed = True
                key = tuple(0 if name == "hour" else BEYOND for name in self.by)
            found = self.sums.setdefault(key, {})
        return found


def key_text(name: str, part: str | int) -> str:
    """A part of a key as a reader sees it."""
    if name == "hour":
        return hour_text(int(part)) if part else BEYOND
    return str(part) or "-"
