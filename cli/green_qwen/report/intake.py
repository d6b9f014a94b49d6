# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The journal's entries on their way into the books: whose they are, and whether they can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from green_common.history import GATHERED, Entry, entries_in, is_ours
from green_qwen.report.books import Books
from green_qwen.report.facts import Damaged, receipt_of, window_of
from green_qwen.report.source import TROUBLE

# The field that says how much of it there was.
_AMOUNTS = {
    "gpu.gap": "duration_s",
    "feed.gap": "messages",
    "generations.unfollowed": "generations",
    "journal.lost": "entries",
}
# So many strangers are named.
MOST_NAMES = 5


@dataclass(slots=True)
class Intake:
    """Real and simulated figures have books of their own, so that they are never added up."""

    open_books: Callable[[], Books]
    real: Books = field(init=False)
    simulated: Books = field(init=False)
    entries: int = 0
    newest_s: float | None = None
    damaged: int = 0
    looked_alike: int = 0
    strangers: set[str] = field(default_factory=set)
    hosts: dict[str, str] = field(default_factory=dict)
    trouble: Counter[str] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.real, self.simulated = self.open_books(), self.open_books()

    @property
    def count(self) -> int:
        return self.real.count + self.simulated.count

    def take(self, fields: Entry | None) -> None:
        """An entry's fields as the journal has them, None where it breaks off."""
        self.entries += 1
        if fields is None:
            self.damaged += 1
        elif is_ours(fields):
            self._take_ours(fields)
        else:
            self.looked_alike += 1
            if len(self.strangers) < MOST_NAMES:
                self.strangers.add(str(fields.get("_SYSTEMD_UNIT") or "no unit"))

    def _take_ours(self, fields: Entry) -> None:
        machine = self._machine(fields)
        entries = entries_in(fields)
        expected = _gathered(fields)
        self.damaged += max(0, expected - len(entries))
        for entry in entries:
            try:
                self._book(entry, machine)
            except Damaged:
                self.damaged += 1

    def _book(self, entry: Entry, machine: str) -> None:
        event = str(entry["event"])
        if event == "receipt":
            receipt = receipt_of(entry, machine)
            self._books(simulated=receipt.simulated).take_receipt(receipt)
            self.newest_s = receipt.at_s
        elif event == "window":
            window = window_of(entry, machine)
            self._books(simulated=window.simulated).take_window(window)
        elif event in TROUBLE:
            amount = entry.get(_AMOUNTS[event])
            self.trouble[event] += 1
            self.amounts[event] += round(amount) if isinstance(amount, int | float) else 0

    def _books(self, *, simulated: bool) -> Books:
        return self.simulated if simulated else self.real

    def _machine(self, fields: Entry) -> str:
        """By its id, since names are not unique; the name is kept for people."""
        host = fields.get("_HOSTNAME")
        machine = fields.get("_MACHINE_ID") or host
        name = machine if isinstance(machine, str) else ""
        self.hosts[name] = host if isinstance(host, str) else name
        return name


def _gathered(fields: Entry) -> int:
    """How many receipts an entry says that it holds."""
    if fields.get("GREEN_EVENT") != GATHERED:
        return 1
    count = fields.get("GREEN_COUNT")
    return int(count) if isinstance(count, str) and count.isdigit() and len(count) < 6 else 1
