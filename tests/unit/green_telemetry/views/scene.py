# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A board with what a small GPU has done."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from green_telemetry.ledger import Entry
from green_telemetry.receipt import Receipt
from green_telemetry.sampler import Sample
from green_telemetry.split import Charge, Interval
from green_telemetry.views.board import Board
from green_telemetry.views.snapshot import Flight, GpuView, Snapshot

GPU = "GPU-1"
RECEIPT = Receipt(
    request="r1",
    generation="g1",
    model="qwen3:32b",
    outcome="finished",
    reason=None,
    gpu_uuids=(GPU,),
    energy_j=30.0,
    energy_queued_j=0.0,
    energy_loading_j=0.0,
    energy_prefill_j=10.0,
    energy_decode_j=20.0,
    uncertainty_j=1.0,
    baseline_share_j=5.0,
    baseline_provisional=False,
    prompt_tokens=100,
    output_tokens=50,
    tokens_counted=False,
    duration_s=2.0,
    tokens_per_s=50.0,
    tokens_per_s_per_w=1.4,
    shared=0,
    requests=1,
    partial=False,
    method="counter",
    simulated=True,
)


def receipt(**changes: Any) -> Receipt:
    return dataclasses.replace(RECEIPT, **changes)


def entry(energy_j: float, baseline_j: float, decode_j: float) -> Entry:
    charge = Charge("g1", "decode", 0.0, 1.0, decode_j, 0.0, 0, False)
    return Entry(Interval(0.0, 1.0, energy_j, baseline_j), (charge,))


def snapshot(now_s: float = 10.0, alerts: Mapping[tuple[str, str], bool] | None = None) -> Snapshot:
    sample = Sample(
        9.9, 10.0, power_w=120.0, gpu_percent=50, memory_percent=30, sm_clock_mhz=1980, temperature_c=40
    )
    gpu = GpuView(0, GPU, "Small", "counter", True, sample, 500.0, 100.0, 4.0, {"baseline_j": 1.23456789})
    flight = Flight("g1", ("r1",), None, "qwen3:32b", "decode", 8.0, 12, None)
    return Snapshot(1_700_000_000.0, now_s, True, True, 1, (gpu,), (flight,), alerts or {})


def board() -> Board:
    """With a snapshot, an entry and a receipt."""
    made = Board()
    made.publish(snapshot())
    made.entry(GPU, entry(10.0, 4.0, 5.0))
    made.receipt(RECEIPT)
    return made
