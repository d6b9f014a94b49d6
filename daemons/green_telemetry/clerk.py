# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Closes the books: settled entries become accounts, receipts and windows in the journal."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable

from green_telemetry.account import Account
from green_telemetry.audit import Audit
from green_telemetry.carried import Carried
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
        self._carried = Carried()
        self.journal_low = False

    def settle(self, meters: list[Meter], now_s: float, *, feed: str) -> None:
        """Write what is certain by now; everything where `now_s` is infinite."""
        for meter in meters:
            self._settle_books(meter, now_s)
        for generation in self._timeline.ended:
            if now_s == math.inf or all(meter.books.ledger.closed_for(generation) for meter in meters):
                self._write(generation, meters)
        self._turn_away(everybody=now_s == math.inf)
        for meter in meters:
            for window in meter.books.take_windows(self._timeline.ended):
                # The machine's own accounts stand beside its first GPU, so that they add up only once.
                beside = self._beside(window.first_s, window.last_s or 0.0) if meter is meters[0] else {}
                self._audit.window(meter, window, {"feed": feed, **beside})
                self._look_for_room()
                self._tell_unfollowed()
        self._audit.flush(now_s)

    def _settle_books(self, meter: Meter, now_s: float) -> None:
        for entry in meter.books.settle(self._timeline.generations, now_s):
            self._board.entry(meter.gpu.uuid, entry)
            for charge in entry.charges:
                account = self._accounts[charge.generation]
                account.add(charge, meter.gpu.uuid)
                account.provisional |= entry.interval.provisional

    def so_far_j(self, generation: str) -> float | None:
        """What is certain of a generation's joules; None where nothing is."""
        account = self._accounts.get(generation)
        return None if account is None else account.total_j

    def _write(self, generation: Generation, meters: list[Meter]) -> None:
        self._timeline.forget(generation)
        account = self._accounts.pop(generation.id, Account())
        ended_s = generation.ended_s or generation.forwarded_s
        for meter in meters:
            generation.partial |= meter.books.ledger.interrupted(generation.forwarded_s, ended_s)
            if generation.thrown_away is not None:
                meter.books.throw_away(ended_s, account.by_gpu_j.get(meter.gpu.uuid, 0.0))
        for receipt in write_receipts(generation, account, self._measurement(meters)):
            if generation.superseded:
                overflowing = self._carried.keep(receipt)
                if overflowing is not None:
                    self._issue(overflowing)
            else:
                self._issue(self._carried.complete(receipt))

    def _measurement(self, meters: list[Meter]) -> Measurement:
        methods = {meter.books.method for meter in meters}
        return Measurement(
            gpu_uuids=tuple(meter.gpu.uuid for meter in meters),
            method="mixed" if len(methods) > 1 else "".join(methods),
            simulated=self._audit.simulated,
            wall_offset_s=time.time() - time.monotonic(),
        )

    def _issue(self, receipt: Receipt) -> None:
        self._audit.receipt(receipt)
        self._board.receipt(receipt)

    def _turn_away(self, *, everybody: bool) -> None:
        """Requests that end before another generation was begun for them."""
        superseded = {request for one in self._timeline.ended if one.superseded for request in one.requests}
        waiting = []
        while self._timeline.turned_away:
            message = self._timeline.turned_away.popleft()
            if not everybody and superseded.intersection(message.requests):
                waiting.append(message)
            for receipt in self._carried.turn_away(message.requests, message.reason):
                self._issue(receipt)
        self._timeline.turned_away.extend(waiting)
        if everybody:
            for receipt in self._carried.release():
                self._issue(receipt)

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
