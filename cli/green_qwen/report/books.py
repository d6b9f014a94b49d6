# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Everything that was counted: sums by each grouping, coverage, and what makes the figures doubtful."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from green_qwen.report.coverage import Coverage
from green_qwen.report.facts import Receipt, Window
from green_qwen.report.groups import Groups
from green_qwen.report.postings import of_receipt, of_window, phases_of, phases_of_receipt


@dataclass(slots=True)
class Doubts:
    """How many receipts and windows there were, and how many of them have a flaw."""

    receipts: int = 0
    partial: int = 0
    unmeasured: int = 0
    provisional_receipts: int = 0
    windows: int = 0
    provisional_windows: int = 0
    unbalanced: int = 0
    gaps: int = 0
    early_windows: int = 0
    early_windows_mj: int = 0
    early_receipts: int = 0
    early_receipts_mj: int = 0


@dataclass(slots=True)
class Books:
    """Takes receipts and windows; `since_s` is where the range begins, if that is known."""

    groupings: tuple[tuple[str, ...], ...]
    since_s: float | None = None
    total: Groups = field(default_factory=Groups)
    groups: dict[tuple[str, ...], Groups] = field(init=False)
    coverage: Coverage = field(default_factory=Coverage)
    doubts: Doubts = field(default_factory=Doubts)
    first_s: float | None = None
    last_s: float | None = None

    def __post_init__(self) -> None:
        self.groups = {by: Groups(by) for by in self.groupings}

    @property
    def count(self) -> int:
        return self.doubts.receipts + self.doubts.windows

    def take_receipt(self, receipt: Receipt) -> None:
        doubts = self.doubts
        doubts.receipts += 1
        doubts.partial += receipt.partial
        doubts.unmeasured += receipt.energy_mj is None
        doubts.provisional_receipts += receipt.provisional
        at_s = receipt.at_s
        if self.since_s is not None and at_s < self.since_s:
            doubts.early_receipts += 1
            doubts.early_receipts_mj += receipt.energy_mj or 0
            at_s = self.since_s
        self._reach(at_s, at_s)
        whole = (of_receipt(receipt, at_s),)
        self.total.add(whole)
        phases = list(phases_of_receipt(receipt, at_s)) if self._wants_phases() else []
        for groups in self.groups.values():
            groups.add(phases if groups.by_phase else whole)

    def take_window(self, window: Window) -> None:
        if not self.coverage.take(window):
            return
        self._judge(window)
        postings = list(of_window(window, self.since_s))
        self._reach(postings[0].at_s, max(window.last_s, postings[0].at_s))
        self.total.add(postings)
        phases = [part for posting in postings for part in phases_of(posting)] if self._wants_phases() else []
        for groups in self.groups.values():
            if not groups.of_requests:
                groups.add(phases if groups.by_phase else postings)

    def _judge(self, window: Window) -> None:
        doubts = self.doubts
        doubts.windows += 1
        doubts.provisional_windows += window.provisional
        doubts.unbalanced += window.energy_mj != sum(window.accounts_mj.values())
        doubts.gaps += window.gaps
        if self.since_s is not None and window.first_s < self.since_s:
            doubts.early_windows += 1
            doubts.early_windows_mj += window.energy_mj

    def _wants_phases(self) -> bool:
        return any(groups.by_phase for groups in self.groups.values())

    def _reach(self, first_s: float, last_s: float) -> None:
        self.first_s = first_s if self.first_s is None else min(self.first_s, first_s)
        self.last_s = last_s if self.last_s is None else max(self.last_s, last_s)


def groupings_of(*asked: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Each grouping once."""
    return tuple(dict.fromkeys(tuple(by) for by in asked))
