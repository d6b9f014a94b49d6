# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Closes the books: settled entries become accounts, receipts and windows in the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from green_telemetry.account import Account
from green_telemetry.audit import Audit
from green_telemetry.meter import Meter
from green_telemetry.receipt import Measurement, Receipt, write_receipts
from green_telemetry.space import LOW_BYTES, journal_room_bytes
from green_telemetry.timeline import Generation, Timeline
from green_telemetry.views.board import Board


class Clerk:
    """Owns the accounts of the generations whose books are open."""

    def __init__(
        self,
        audit: Audit,
        timeline: Timeline,
        board: Board | None = None,
        beside: Callable[[float, float], dict[str, float]] = lambda *_: {},
    ) -> None:
        """`beside` has what else is known of a window, by its first and last second, but of no GPU."""
        self._beside = beside
        self._audit = audit
        self._board = board or Board()
        self._timeline = timeline
        self._accounts: defaultdict[str, Account] = defaultdict(Account)
        self.journal_low = False

    def settle(self, meters: list[Meter], now_s: float, *, feed: str) -> None:
        """Write what is certain by now; everything where `now_s` is infinite."""
        for meter in meters:
            entries, windows = meter.books.settle(self._timeline.generations, now_s)
            for entry in entries:
                self._board.entry(meter.gpu.uuid, entry)
                for charge in entry.charges:
                    account = self._accounts[charge.generation]
                    account.add(charge)
                    account.provisional |= entry.interval.provisional
            for window in windows:
                # The machine's own accounts stand beside its first GPU, so that they add up only once.
                beside = self._beside(window.first_s, window.last_s or 0.0) if meter is meters[0] else {}
                self._audit.window(meter, window, {"feed": feed, **beside})
                self._look_for_room()
                self._tell_unfollowed()
        for generation in self._timeline.ended:
            if now_s == float("inf") or all(meter.books.ledger.closed_for(generation) for meter in meters):
                self._write(generation, meters)

    def so_far_j(self, generation: str) -> float | None:
        """What is certain of a generation's joules; None where nothing is."""
        account = self._accounts.get(generation)
        return None if account is None else account.total_j

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
            self._issue(receipt)

    def _issue(self, receipt: Receipt) -> None:
        self._audit.receipt(receipt)
        self._board.receipt(receipt)

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
