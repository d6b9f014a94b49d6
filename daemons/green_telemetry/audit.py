# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-telemetry writes to the journal: each entry with its fields and a line for people."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from green_common.gpu import GpuError
from green_common.logs import Log
from green_telemetry.meter import Meter
from green_telemetry.plausible import Doubt
from green_telemetry.receipt import Receipt
from green_telemetry.sampler import Sample
from green_telemetry.timeline import MAX_GENERATIONS
from green_telemetry.window import Window


class Audit:
    """Writes entries; every figure of a simulated GPU is marked as such."""

    def __init__(self, log: Log, *, simulated: bool) -> None:
        self._log = log
        self.simulated = simulated
        self.receipts = 0

    def receipt(self, receipt: Receipt) -> None:
        self.receipts += 1
        fields = {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in dataclasses.asdict(receipt).items()
            if value is not None
        }
        self._log.info("receipt", say=receipt.say, **fields)

    def window(self, meter: Meter, window: Window, conditions: dict[str, Any]) -> None:
        fields = window.fields()
        wall_s = time.time() - time.monotonic()
        self._log.info(
            "window",
            say=f"window {meter.label}: {_window_line(fields)}" + (", simulated" if self.simulated else ""),
            **self._gpu(meter),
            start=_wall_text(wall_s + fields["counter_first_at_s"]),
            end=_wall_text(wall_s + fields["counter_last_at_s"]),
            method=meter.books.method,
            **{name: value for name, value in fields.items() if value is not None},
            **conditions,
        )

    def found(self, meter: Meter, driver_version: str) -> None:
        missing = sorted(meter.sampler.unsupported)
        instant = meter.gpu.power_is_instant
        say = f"{meter.label} is {meter.gpu.name} ({meter.gpu.uuid}), driver {driver_version}"
        say += "" if instant else "; its power is an average that lags"
        say += f"; it doesn't tell: {', '.join(missing)}" if missing else ""
        fields = {"name": meter.gpu.name, "driver_version": driver_version, "power_is_instant": instant}
        instances = [instance.uuid for instance in meter.instances] or None
        self._log.info(
            "gpu.found", say=say, **self._gpu(meter), **fields, missing=missing, instances=instances
        )

    def lost(self, meter: Meter, error: GpuError) -> None:
        self._log.error("gpu.lost", say=f"{meter.label} is lost: {error}", **self._gpu(meter))

    def nonsense(self, meter: Meter, doubt: Doubt) -> None:
        say = f"{meter.label} {doubt.value}; that is left out until it makes sense again"
        self._log.warning("gpu.nonsense", say=say, **self._gpu(meter), doubt=doubt.name.lower())

    def refused(self, error: GpuError) -> None:
        self._log.error("gpu.refused", say=str(error))

    def gap(self, meter: Meter, since_s: float, before_j: float | None, sample: Sample) -> None:
        """The energy between two readings is not known: said, and never guessed."""
        duration_s = sample.time_s - since_s
        say = f"{meter.label}: no account of {duration_s:.1f} s, in which its energy counter started anew"
        if before_j is not None and (sample.counter_j is None or sample.counter_j >= before_j):
            say = f"{meter.label}: no account of {duration_s:.1f} s, in which it could not be read"
        self._log.warning(
            "gpu.gap",
            say=say,
            **self._gpu(meter),
            duration_s=round(duration_s, 3),
            counter_before_j=before_j,
            counter_after_j=sample.counter_j,
        )

    def unfollowed(self, count: int) -> None:
        say = f"{count} generations had no room beside {MAX_GENERATIONS} others and get no receipt"
        self._log.warning("generations.unfollowed", say=say, generations=count)

    def journal_full(self, folder: str, free_bytes: int) -> None:
        say = f"{folder} has only {free_bytes // 1024**2} MiB left: entries may be lost; make room there"
        self._log.warning("journal.full", say=say, free_bytes=free_bytes)

    def _gpu(self, meter: Meter) -> dict[str, Any]:
        return {"gpu": meter.gpu.index, "gpu_uuid": meter.gpu.uuid, "simulated": self.simulated}


def _window_line(fields: dict[str, Any]) -> str:
    power = "power unknown"
    if fields["power_mean_w"] is not None:
        power = f"mean {fields['power_mean_w']:.1f} W (greatest {fields['power_greatest_w']:.0f} W)"
    percent = fields["unattributed_percent"]
    return (
        f"{fields['duration_s']:.1f} s, {power}, {fields['energy_j']:.0f} J = baseline "
        f"{fields['baseline_j']:.0f} J + generations {fields['generations_j']:.0f} J + unattributed "
        f"{fields['unattributed_j']:+.1f} J" + ("" if percent is None else f" ({percent:+.1f} %)")
    )


def _wall_text(at_s: float) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s)) + f".{int(at_s % 1 * 1000):03d}Z"
