# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-telemetry writes to the journal: each entry with its fields and a line for people."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from green_common.config import TelemetryConfig
from green_common.estimates import Estimates
from green_common.gpu import GpuError
from green_common.logs import Log
from green_telemetry.audit.budget import ALERT, CHANGE, Budget
from green_telemetry.audit.changes import ClockChange, PhaseChange
from green_telemetry.audit.gathering import Batch, Gathering
from green_telemetry.audit.joules import GPU_FIELDS, receipt_fields, write_receipts, write_window
from green_telemetry.audit.restrained import RestrainedLog
from green_telemetry.audit.start import Start
from green_telemetry.audit.summary import Summaries
from green_telemetry.audit.wording import duration_text, figure, plain, wall_text
from green_telemetry.meter import Meter
from green_telemetry.plausible import Doubt
from green_telemetry.receipt import Receipt
from green_telemetry.sampler import Sample
from green_telemetry.timeline import MAX_GENERATIONS
from green_telemetry.window import Window

ALERTS = (
    "alert.power",
    "alert.power_deviation",
    "alert.temperature",
    "alert.throttled_power",
    "alert.throttled_heat",
    "alert.throttled_hardware",
    "alert.reloads",
    "alert.bypass",
    "alert.unused",
)


class Audit:
    """Writes entries; every figure of a simulated GPU is marked as such."""

    def __init__(
        self,
        log: Log,
        *,
        simulated: bool,
        config: TelemetryConfig | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        config = config or TelemetryConfig()
        self._log = log
        self._clock = clock
        # Each alert has a beginning and an end, and the end of one that was withheld is too.
        self._budget = Budget({**dict.fromkeys(ALERTS, ALERT), "phase": CHANGE, "clock": CHANGE})
        self.restrained = RestrainedLog(log, self._budget, clock)
        self._gathering = Gathering(config.gather_above_per_s)
        self._window_s = config.window_s
        self._summaries: dict[str, Summaries] = {}
        self._estimates = Estimates(config.pue, config.price_per_kwh, config.carbon_g_per_kwh)
        self._told: dict[tuple[str, str], bool] = {}
        self.simulated = simulated
        self.receipts = 0
        self.receipts_j = 0.0

    def configure(self, config: TelemetryConfig) -> None:
        """Other settings, from the next entry on."""
        self._gathering.above_per_s = config.gather_above_per_s
        self._estimates = Estimates(config.pue, config.price_per_kwh, config.carbon_g_per_kwh)

    @property
    def due_at_s(self) -> float:
        """When to call `flush`; infinite while no receipt is held."""
        return self._gathering.due_at_s

    def flush(self, now_s: float) -> None:
        """Write the receipts that have been held long enough; all that is held where `now_s` is infinite."""
        for batch in self._gathering.due(now_s):
            self._write_receipts(batch)
        if math.isinf(now_s):
            for summaries in self._summaries.values():
                for fields in summaries.rest():
                    self._write_window(fields)

    def start(self, start: Start) -> None:
        """What runs here, on what, and with which configuration."""
        self._log.info("start", say=start.say, indexed=("version", "config_digest"), **start.fields())

    def receipt(self, receipt: Receipt) -> None:
        self.receipts += 1
        self.receipts_j += receipt.energy_j or 0.0
        for batch in self._gathering.add(receipt_fields(receipt), self._clock()):
            self._write_receipts(batch)

    def window(self, meter: Meter, window: Window, conditions: dict[str, Any]) -> None:
        wall_s = time.time() - time.monotonic()
        fields = window.fields()
        summaries = self._summaries.setdefault(meter.gpu.uuid, Summaries(self._window_s))
        told = {
            **self._gpu(meter),
            "start": wall_text(wall_s + fields["counter_first_at_s"]),
            "method": meter.books.method,
            **fields,
            **conditions,
        }
        for due in summaries.add(told, self._clock()):
            self._write_window(due)

    def phase(self, change: PhaseChange, now_s: float) -> bool:
        """What the model server does; False where the entry has to wait."""
        if not self._budget.allows("phase", self._clock()):
            return False
        spent = ", ".join(f"{name} {duration_text(s)}" for name, s in change.seconds.items() if s >= 0.5)
        say = f"model server: {change.before} -> {change.phase} {duration_text(now_s - change.since_s)} ago"
        if change.changes > 1 or change.phase == change.before:
            say += f"; {change.changes} changes since the last such entry ({spent})"
        fields = {"phase": change.phase, "before": change.before, "changes": change.changes}
        return self.restrained.info(
            "phase",
            say=say + self._mark,
            indexed=("phase", "before"),
            **fields,
            seconds=change.seconds,
            simulated=self.simulated,
        )

    def clock(self, meter: Meter, change: ClockChange, reasons: int | None) -> bool:
        """The clock a GPU has run at for some seconds; False where the entry has to wait."""
        if not self._budget.allows("clock", self._clock(), meter.gpu.uuid):
            return False
        say = f"{meter.label}: SM clock {change.before_mhz} -> {change.sm_clock_mhz} MHz"
        if change.changes > 1:
            say += f", {change.changes} changes since the last such entry"
        fields = {"sm_clock_mhz": change.sm_clock_mhz, "before_mhz": change.before_mhz}
        return self.restrained.info(
            "clock",
            say=say + self._mark,
            indexed=(),
            apart=GPU_FIELDS,
            **self._gpu(meter),
            **fields,
            changes=change.changes,
            reasons=reasons,
        )

    def alert_begun(
        self, event: str, topic: str, say: str, figures: Mapping[str, Any], meter: Meter | None = None
    ) -> None:
        """Something an administrator should look at, with what to do."""
        told = self.restrained.warning(
            event,
            say=plain(f"{_about(meter)}{say}{self._mark}", 700),
            alert=topic,
            **self._about_gpu(meter),
            **{name: figure(name, value) for name, value in figures.items()},
        )
        self._told[topic, _uuid(meter)] = told

    def alert_over(self, topic: str, duration_s: float, meter: Meter | None = None) -> None:
        if self._told.pop((topic, _uuid(meter)), False):
            say = f"{_about(meter)}alert '{topic}' is over after {duration_text(duration_s)}{self._mark}"
            self._log.info(
                "alert.over",
                say=say,
                alert=topic,
                **self._about_gpu(meter),
                duration_s=round(duration_s, 1),
            )

    def found(self, meter: Meter, driver_version: str) -> None:
        missing = sorted(meter.sampler.unsupported)
        instant = meter.gpu.power_is_instant
        say = f"{meter.label} is {meter.gpu.name} ({meter.gpu.uuid}), driver {driver_version}"
        say += "" if instant else "; its power is an average that lags"
        say += f"; it doesn't tell: {', '.join(missing)}" if missing else ""
        fields = {"name": meter.gpu.name, "driver_version": driver_version, "power_is_instant": instant}
        instances = [instance.uuid for instance in meter.instances] or None
        self.restrained.info(
            "gpu.found", say=say, **self._gpu(meter), **fields, missing=missing, instances=instances
        )

    def lost(self, meter: Meter, error: GpuError) -> None:
        say = f"{meter.label} is lost: {error}. Look for its cause with: journalctl -k --grep 'NVRM|Xid'"
        self.restrained.error("gpu.lost", say=plain(say, 400), **self._gpu(meter))

    def nonsense(self, meter: Meter, doubt: Doubt) -> None:
        say = f"{meter.label} {doubt.value}; that is left out until it makes sense again"
        self.restrained.warning("gpu.nonsense", say=say, **self._gpu(meter), doubt=doubt.name.lower())

    def refused(self, error: GpuError) -> None:
        self.restrained.error("gpu.refused", say=str(error))

    def gap(self, meter: Meter, since_s: float, before_j: float | None, sample: Sample) -> None:
        """The energy between two readings is not known: said, and never guessed."""
        duration_s = sample.time_s - since_s
        say = f"{meter.label}: no account of {duration_s:.1f} s, in which its energy counter started anew"
        if before_j is not None and (sample.counter_j is None or sample.counter_j >= before_j):
            say = f"{meter.label}: no account of {duration_s:.1f} s, in which it could not be read"
        self.restrained.warning(
            "gpu.gap",
            say=say,
            indexed=(),
            apart=GPU_FIELDS,
            **self._gpu(meter),
            duration_s=round(duration_s, 3),
            counter_before_j=before_j,
            counter_after_j=sample.counter_j,
        )

    def unfollowed(self, count: int) -> None:
        say = f"{count} generations had no room beside {MAX_GENERATIONS} others and get no receipt"
        self.restrained.warning("generations.unfollowed", say=say, generations=count)

    def journal_full(self, folder: str, free_bytes: int) -> None:
        say = f"{folder} has only {free_bytes // 1024**2} MiB left: entries may be lost; make room there"
        self.restrained.warning("journal.full", say=say, free_bytes=free_bytes)

    def _write_receipts(self, batch: Batch) -> None:
        write_receipts(self._log, batch, self._mark)

    def _write_window(self, fields: dict[str, Any]) -> None:
        written = {"receipts_total": self.receipts, "receipts_total_j": round(self.receipts_j, 3)}
        estimates = self._estimates.of(fields["energy_j"])
        write_window(self._log, {**fields, **written, **estimates}, self._mark)

    @property
    def _mark(self) -> str:
        return ", simulated" if self.simulated else ""

    def _gpu(self, meter: Meter) -> dict[str, Any]:
        return {"gpu": meter.gpu.index, "gpu_uuid": meter.gpu.uuid, "simulated": self.simulated}

    def _about_gpu(self, meter: Meter | None) -> dict[str, Any]:
        return {"simulated": self.simulated} if meter is None else self._gpu(meter)


def _about(meter: Meter | None) -> str:
    return "" if meter is None else f"{meter.label}: "


def _uuid(meter: Meter | None) -> str:
    return "" if meter is None else meter.gpu.uuid
