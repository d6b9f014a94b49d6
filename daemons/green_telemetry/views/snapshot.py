# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the telemetry knows at one moment: made by the loop, never changed, read by the views."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from green_telemetry.meter import Meter
from green_telemetry.phases import DECODE, LOADING, PREFILL
from green_telemetry.receipt import Receipt
from green_telemetry.sampler import Sample
from green_telemetry.timeline import Generation, Timeline
from green_telemetry.watch import MinutePower
from green_telemetry.window import Window

# Of more only the number is told.
MAX_FLIGHTS = 64
# To the millijoule and the microsecond.
PLACES = 6
# A speed is that of the last seconds; counts come four times a second.
SPEED_S, COUNTED_WITHIN_S = 5.0, 1.0
# Of a sample: its times, and the counter, which not every reading has.
NO_FIGURES = frozenset({"before_s", "after_s", "counter_j"})


@dataclass(frozen=True, slots=True)
class GpuView:
    """One GPU; `accounts_j` is what is certain of the running window, which began at `window_began_s`."""

    index: int
    uuid: str
    name: str
    method: str
    present: bool
    sample: Sample | None
    counter_j: float | None
    baseline_w: float | None
    window_began_s: float | None
    accounts_j: Mapping[str, float]
    power_limit_w: float | None = None
    power_alert_w: float | None = None
    power_mean_w: float | None = None
    power_deviation_w: float | None = None


@dataclass(frozen=True, slots=True)
class Flight:
    """
    A generation in flight; `energy_j` is what is certain of it so far, above the baseline.

    `tokens_per_s` is the speed of the last seconds, once its answer has begun.
    """

    generation: str
    requests: tuple[str, ...]
    client: str | None
    model: str
    phase: str
    forwarded_s: float
    tokens: int
    energy_j: float | None
    tokens_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of it; times are monotonic but for `at_s`, which is Unix time."""

    at_s: float
    now_s: float
    simulated: bool
    feed_connected: bool
    in_flight: int
    gpus: tuple[GpuView, ...]
    flights: tuple[Flight, ...]
    # By name and the GPU's UUID, '' where it is about no single one; True while it stands.
    alerts: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    # Of all generations together.
    tokens_per_s: float = 0.0


def alert_changes(before: Snapshot | None, now: Snapshot) -> list[dict[str, Any]]:
    """What a stream is told of alerts that began or ended; the advice is in the journal."""
    stood = before.alerts if before else {}
    return [
        {"event": "alert", "at_s": round(now.at_s, 3), "alert": name, "gpu_uuid": gpu, "active": stands}
        for (name, gpu), stands in now.alerts.items()
        if stands != stood.get((name, gpu), False)
    ]


def gpu_view(meter: Meter, power: MinutePower | None = None) -> GpuView:
    books = meter.books
    minute = power or MinutePower(0.0)
    counter, last, window = books.ledger.last, books.last, books.window
    return GpuView(
        index=meter.gpu.index,
        uuid=meter.gpu.uuid,
        name=meter.gpu.name,
        method=books.method,
        present=meter.lost_s is None,
        sample=last,
        counter_j=counter[1] if counter else None,
        baseline_w=books.baseline.power_w(last.sm_clock_mhz) if last else None,
        window_began_s=window.first_s if window else None,
        accounts_j=_accounts(window) if window else {},
        power_limit_w=meter.sampler.limit_w,
        power_alert_w=minute.alert_w or None,
        power_mean_w=minute.mean_w,
        power_deviation_w=minute.deviation_w,
    )


def flights_of(
    timeline: Timeline, so_far_j: Callable[[str], float | None], now_s: float
) -> tuple[Flight, ...]:
    """The oldest of the generations in flight."""
    running = [one for one in timeline.generations if one.ended_s is None][:MAX_FLIGHTS]
    return tuple(
        Flight(
            generation=one.id,
            requests=one.requests,
            client=one.client,
            model=one.model,
            phase=phase_of(one),
            forwarded_s=one.forwarded_s,
            tokens=one.tokens,
            energy_j=so_far_j(one.id),
            tokens_per_s=speed_of(one, now_s),
        )
        for one in running
    )


def decode_speed(generations: Iterable[Generation], now_s: float) -> float:
    """Tokens a second of all whose answers run."""
    return sum(filter(None, (speed_of(one, now_s) for one in generations)))


def speed_of(generation: Generation, now_s: float) -> float | None:
    """Tokens a second lately; None before two counts are known. One that has stalled gets slower."""
    begun_s = generation.first_token_s
    if begun_s is None or generation.ended_s is not None:
        return None
    points = [(begun_s, 1.0), *generation.progress.between(begun_s, math.inf)]
    last_s, last = points[-1]
    first_s, first = max((one for one in points if one[0] <= now_s - SPEED_S), default=points[0])
    span_s = max(last_s, now_s - COUNTED_WITHIN_S) - first_s
    return (last - first) / span_s if len(points) > 1 and span_s > 0 else None


def phase_of(generation: Generation) -> str:
    """As far as the feed tells: before the first token a wait for a slot looks like prefill."""
    if generation.first_token_s is not None:
        return DECODE
    if generation.load_started_s is not None and generation.load_finished_s is None:
        return LOADING
    return PREFILL


def snapshot_fields(snapshot: Snapshot, receipts: Iterable[Receipt]) -> dict[str, Any]:
    """What a view gets; of what is not known there is no field."""
    return {
        "event": "snapshot",
        "at_s": round(snapshot.at_s, 3),
        "simulated": snapshot.simulated,
        "feed": "connected" if snapshot.feed_connected else "absent",
        "in_flight": snapshot.in_flight,
        "tokens_per_s": round(snapshot.tokens_per_s, PLACES),
        "gpus": [_gpu_fields(gpu, snapshot.now_s) for gpu in snapshot.gpus],
        "alerts": [
            {"alert": name, "gpu_uuid": gpu} for (name, gpu), stands in snapshot.alerts.items() if stands
        ],
        "generations": [_flight_fields(flight, snapshot.now_s) for flight in snapshot.flights],
        "receipts": [receipt_fields(receipt) for receipt in receipts],
    }


def receipt_fields(receipt: Receipt) -> dict[str, Any]:
    return {"event": "receipt", "say": receipt.say, **_known(dataclasses.asdict(receipt))}


def _accounts(window: Window) -> dict[str, float]:
    accounts = {"baseline_j": window.baseline_j}
    accounts.update((f"{phase}_j", joules) for phase, joules in window.phases_j.items())
    accounts["others_j"] = window.others_j
    accounts["unattributed_j"] = window.unattributed_j
    return accounts


def _gpu_fields(gpu: GpuView, now_s: float) -> dict[str, Any]:
    sample = _figures(gpu.sample) if gpu.sample and gpu.present else {}
    window_s = None if gpu.window_began_s is None else now_s - gpu.window_began_s
    fields = {
        "gpu": gpu.index,
        "gpu_uuid": gpu.uuid,
        "name": gpu.name,
        "method": gpu.method,
        "present": gpu.present,
        "counter_j": gpu.counter_j,
        "baseline_w": gpu.baseline_w,
        "power_limit_w": gpu.power_limit_w,
        "power_alert_w": gpu.power_alert_w,
        "power_mean_w": gpu.power_mean_w if gpu.present else None,
        "power_deviation_w": gpu.power_deviation_w if gpu.present else None,
        **sample,
        "window_s": window_s,
    }
    return {**_known(fields), "accounts": _known(gpu.accounts_j)}


def _figures(sample: Sample) -> dict[str, Any]:
    names = (one.name for one in dataclasses.fields(sample) if one.name not in NO_FIGURES)
    values = {name: getattr(sample, name) for name in names}
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


def _flight_fields(flight: Flight, now_s: float) -> dict[str, Any]:
    fields = dataclasses.asdict(flight)
    fields["age_s"] = now_s - fields.pop("forwarded_s")
    return _known(fields)


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: round(value, PLACES) if isinstance(value, float) else value
        for name, value in fields.items()
        if value is not None
    }
