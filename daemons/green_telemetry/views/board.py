# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the loop hangs out for the views: it writes, their thread reads, and neither waits long."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from green_telemetry.ledger import Entry
from green_telemetry.receipt import Receipt
from green_telemetry.views.exposition import text_of
from green_telemetry.views.metrics import families
from green_telemetry.views.recent import Recent
from green_telemetry.views.snapshot import Snapshot, alert_changes, receipt_fields
from green_telemetry.views.tally import Tally

# Whoever asks for older ones gets them from the journal.
MAX_RECEIPTS = 256
LAST_RECEIPTS = 8
MAX_NOTES = 32

News = Callable[[str, Any], None]


class Board:
    """The newest snapshot, the power before, the last receipts, sums; `tell` hears while somebody streams."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tally = Tally()
        self._recent = Recent()
        self._receipts: OrderedDict[str, Receipt] = OrderedDict()
        # What the thread of the views wants logged; the journal's socket is the loop's.
        self._notes: deque[str] = deque(maxlen=MAX_NOTES)
        self.snapshot: Snapshot | None = None
        self.streams = 0
        self.awaited = 0
        self.tell: News | None = None

    @property
    def watched(self) -> bool:
        """True while somebody streams, and so wants to see the GPU at its usual beat."""
        return self.streams > 0

    @property
    def simulated(self) -> bool:
        return self.snapshot is not None and self.snapshot.simulated

    def publish(self, snapshot: Snapshot) -> None:
        before, self.snapshot = self.snapshot, snapshot
        with self._lock:
            self._recent.add(snapshot)
        self._tell("snapshot", snapshot)
        for change in alert_changes(before, snapshot):
            self._tell("alert", change)

    def entry(self, gpu_uuid: str, entry: Entry) -> None:
        """The accounts of one interval are certain."""
        with self._lock:
            self._tally.add_entry(gpu_uuid, entry)

    def receipt(self, receipt: Receipt) -> None:
        with self._lock:
            self._tally.add_receipt(receipt)
            self._receipts[receipt.request] = receipt
            if len(self._receipts) > MAX_RECEIPTS:
                self._receipts.popitem(last=False)
        self._tell("receipt", receipt)

    def last_receipts(self) -> tuple[Receipt, ...]:
        """Newest first."""
        with self._lock:
            newest = reversed(self._receipts.values())
            return tuple(receipt for receipt, _ in zip(newest, range(LAST_RECEIPTS), strict=False))

    def receipt_of(self, request: str) -> dict[str, Any] | None:
        with self._lock:
            receipt = self._receipts.get(request)
        return None if receipt is None else receipt_fields(receipt)

    def recent(self) -> dict[str, Any]:
        """The power of the last minutes."""
        with self._lock:
            points = self._recent.points()
        return {"simulated": self.simulated, "points": [dataclasses.asdict(point) for point in points]}

    def metrics_text(self, *, openmetrics: bool) -> bytes | None:
        """None before the first snapshot."""
        snapshot = self.snapshot
        if snapshot is None:
            return None
        with self._lock:
            return text_of(families(snapshot, self._tally), openmetrics=openmetrics)

    def note(self, say: str) -> None:
        self._notes.append(say)

    def take_notes(self) -> list[str]:
        notes = []
        while self._notes:
            notes.append(self._notes.popleft())
        return notes

    def _tell(self, event: str, news: Any) -> None:
        tell = self.tell
        if tell is not None and (self.streams or (self.awaited and event == "receipt")):
            tell(event, news)
