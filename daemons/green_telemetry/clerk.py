# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Closes the books: settled entries become accounts, receipts and windows in the journal."""

from __future__ import annotations

from collections import defaultdict

from green_telemetry.account import Account
from green_telemetry.audit import Audit
from green_telemetry.meter import Meter
from green_telemetry.receipt import Measurement, write_receipts
from green_telemetry.space import LOW_BYTES, journal_room_bytes
from green_telemetry.timeline import Generation, Timeline


class Clerk:
    """Owns the accounts of the generations whose books are open."""

    def __init__(self, audit: Audit, timeline: Timeline) -> None:
        self._audit = audit
        self._timeline = timeline
        self._accounts: defaultdict[str, Account] = defaultdict(Account)
        self.journal_low = False

    def settle(self, meters: list[Meter], now_s: float, *, feed: str) -> None:
        """Write what is certain by now; everything where `now_s` is infinite."""
        for meter in meters:
            entries, windows = meter.books.settle(self._timeline.generations, now_s)
            for entry in entries:
                for charge in entry.charges:
                    account = self._accounts[charge.generation]
                    account.add(charge)
                    account.provisional |= entry.interval.provisional
            for window in windows:
                self._audit.window(meter, window, {"feed": feed})
                self._look_for_room()
                self._tell_unfollowed()
        for generation in self._timeline.ended:
            if now_s == float("inf") or all(meter.books.ledger.closed_for(generation) for meter in meters):
                self._write(generation, meters)
        self._audit.flush(now_s)

    def _write(self, generation: Generation, meters: list[Meter]) -> None:
        self._timeline.forget(generation)
        account = self._accounts.pop(generation.id, Account())
        methods = {meter.books.method for meter in meters}
        measured = Measurement(
            gpu_uuids=tuple(meter.gpu.uuid for meter in meters),
            method="mixed" if len(methods) > 1 else "".join(methods),
            simulated=self._audit.simulated,
        )
        for receipt in write_receipts(generation, account, measured):
            self._audit.receipt(receipt)

    def _tell_unfollowed(self) -> None:
        if self._timeline.unfollowed:
            self._audit.unfollowed(self._timeline.unfollowed)
            self._timeline.unfollowed = 0

    def _look_for_room(self) -> None:
        room = journal_room_bytes()
        low = room is not None and room[1] < LOW_BYTES
        if room is not None and low and not self.journal_low:
            self._audit.journal_full(*room)
        self.journal_low = low
