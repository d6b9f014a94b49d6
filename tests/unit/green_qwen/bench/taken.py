# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Runs and surroundings for tests of what is made of them."""

from __future__ import annotations

import dataclasses
from typing import Any

from green_qwen.bench.result import Result, Taken
from green_qwen.bench.run import AFTER, BEFORE, Run
from green_qwen.bench.surroundings import Load, Surroundings

LOAD = Load(clients=50, seed=7, dialogues=500, window_s=None, kind="mixed dialogues")
ON = Surroundings(
    simulated=False,
    driver="580.159",
    gpus=("NVIDIA H100",),
    gpu_uuids=("GPU-1",),
    power_limits_w=(700.0,),
    model="qwen3:32b",
    digest="sha256:1",
    server="Ollama 0.32.15",
    load=LOAD,
    request_fields="{}",
)
RUN = Run(
    arm=BEFORE,
    pair=1,
    window_s=100.0,
    energy_j=50_000.0,
    uncertainty_j=100.0,
    counted=True,
    mean_power_w=500.0,
    tokens=6000.0,
    tokens_per_s=60.0,
    tokens_per_s_per_w=0.12,
    answered=50,
    joules_per_answer=1000.0,
    latency_p50_s=40.0,
    latency_p95_s=80.0,
    longest_s=90.0,
    first_token_p50_s=38.0,
    first_token_p95_s=78.0,
    gap_p50_ms=16.0,
    gap_p95_ms=18.0,
    idle_power_w=124.0,
    highest_c=60,
    temperature_alerts=0,
    throttled={},
    failures={},
    waiting_clients=0,
    client_cpu_s=1.0,
    gpu_memory_bytes=1 << 30,
)


def run(**fields: Any) -> Run:
    return dataclasses.replace(RUN, **fields)


def taken(on: Surroundings = ON, **fields: Any) -> Taken:
    return Taken(run(**fields), on)


def result_of(*those: Taken) -> Result:
    return Result(list(those), {BEFORE: "itself", AFTER: "through green-proxy"}, complete=True)


def pair(number: int, before: float, after: float) -> tuple[Taken, Taken]:
    """Two runs that differ in their yield."""
    return (
        taken(arm=BEFORE, pair=number, tokens_per_s_per_w=before),
        taken(arm=AFTER, pair=number, tokens_per_s_per_w=after),
    )
