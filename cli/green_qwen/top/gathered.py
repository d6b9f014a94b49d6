# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What was heard so far, from whom, and the view that it makes: a state machine with the clock passed in."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from typing import Any

from green_qwen.idle_state import IdleState
from green_qwen.terminal.plain import plain
from green_qwen.top.day import Day, Since
from green_qwen.top.reading import cached_part, gpu_part, running_parts
from green_qwen.top.traces import EVERY_S, KEPT_S, Trace
from green_qwen.top.view import NVML, TELEMETRY, Energy, ProxyPart, View, phase_of

Fields = Mapping[str, Any]
# Cache hits are those of so many receipts.
MAX_RECEIPTS = 100
# What is older is no news: whoever told it has fallen silent.
FRESH_S = 30.0


class Gathered:
    """Told by the sources; asked for a view whenever one is drawn."""

    def __init__(self) -> None:
        self._snapshot: Fields = {}
        self._source = NVML
        self._traces: dict[str, Trace] = {}
        self._phases: deque[tuple[float, str]] = deque(maxlen=int(KEPT_S / EVERY_S))
        self._receipts: OrderedDict[str, Fields] = OrderedDict()
        self._counters_j: dict[str, float] = {}
        self._since = Since()
        self._counted: Energy | None = None
        self.day: Day | None = None
        self.proxy: ProxyPart | None = None
        self.idle: IdleState | None = None
        # By subject, what is missing and why.
        self.notes: dict[str, str] = {}

    def take_snapshot(self, snapshot: Fields, source: str) -> None:
        """Of green-telemetry, or of our own reading in the same words."""
        at_s = float(snapshot["at_s"])
        self._snapshot, self._source = snapshot, source
        for fields in snapshot.get("gpus", ()):
            uuid = str(fields.get("gpu_uuid", ""))
            self._traces.setdefault(uuid, Trace()).add(at_s, fields.get("power_w"))
            if fields.get("counter_j") is not None:
                self._counters_j[uuid] = fields["counter_j"]
        if "generations" in snapshot:
            self._note_phase(at_s, phase_of([str(one.get("phase")) for one in snapshot["generations"]]))
        for receipt in reversed(snapshot.get("receipts", ())):
            self.take_receipt(receipt)
        self._counted = self._since.energy(self._counters_j, at_s)

    def take_receipt(self, receipt: Fields) -> None:
        self._receipts[str(receipt.get("request"))] = receipt
        if len(self._receipts) > MAX_RECEIPTS:
            self._receipts.popitem(last=False)

    def lose(self) -> None:
        """Nobody tells of the GPUs any more."""
        self._snapshot = {}

    def view(self, now_s: float) -> View:
        """Everything as known; figures that nobody has renewed are left out."""
        snapshot = self._snapshot if now_s - self._snapshot.get("at_s", now_s) < FRESH_S else {}
        gpus = tuple(self._gpu_part(fields, now_s) for fields in snapshot.get("gpus", ()))
        power_w = sum(gpu.power_w or 0.0 for gpu in gpus if gpu.present)
        telling = self._source == TELEMETRY and bool(snapshot)
        speed = snapshot.get("tokens_per_s") if telling else None
        return View(
            at_s=now_s,
            source=self._source,
            simulated=bool(snapshot.get("simulated")) or bool(self.idle and self.idle.simulated),
            notes=tuple(plain(line) for note in self.notes.values() for line in note.splitlines()),
            feed=snapshot.get("feed") if telling else None,
            in_flight=snapshot.get("in_flight") if telling else None,
            tokens_per_s=speed,
            tokens_per_s_per_w=speed / power_w if speed and power_w > 0 else None,
            gpus=gpus,
            running=running_parts(snapshot, power_w) if telling else (),
            proxy=self.proxy,
            clocks=None if self.idle is None else self.idle.gpus,
            energy=self._energy(),
            cached=cached_part(self._receipts.values()),
            alerts=_names(snapshot.get("alerts", ())),
            phases=tuple(self._phases),
        )

    def _gpu_part(self, fields: Fields, now_s: float) -> Any:
        return gpu_part(fields, self._traces[str(fields.get("gpu_uuid", ""))].points, now_s)

    def _note_phase(self, at_s: float, phase: str) -> None:
        if not self._phases or at_s >= self._phases[-1][0] + EVERY_S:
            self._phases.append((at_s, phase))

    def _energy(self) -> Energy | None:
        return self._counted if self.day is None else self.day.energy(self._counters_j)


def _names(alerts: Iterable[Fields]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(alert.get("alert")) for alert in alerts))
