# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which metrics there are: names in base units, each with its meaning."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator

from green_common import __version__
from green_telemetry.views.exposition import COUNTER, GAUGE, HISTOGRAM, INFO, Family
from green_telemetry.views.snapshot import GpuView, Snapshot
from green_telemetry.views.tally import Tally

HERTZ_A_MHZ, PERCENT = 1e6, 100
STATM = "/proc/self/statm"
# Those of NVML's bits nvmlClocksEventReasons that are throttling; idling and settings are none.
REASONS = {
    0x04: "power_cap",
    0x08: "hardware_slowdown",
    0x20: "thermal_slowdown",
    0x40: "hardware_thermal_slowdown",
    0x80: "power_brake",
}
# Name, unit, meaning, the sample's field and what it is multiplied with.
GAUGES = (
    ("green_gpu_power_watts", "watts", "Power that the GPU draws.", "power_w", 1),
    ("green_gpu_utilization_ratio", "ratio", "Share of time the GPU computed.", "gpu_percent", 1 / PERCENT),
    (
        "green_gpu_memory_utilization_ratio",
        "ratio",
        "Share of time the GPU's memory was read or written.",
        "memory_percent",
        1 / PERCENT,
    ),
    ("green_gpu_memory_used_bytes", "bytes", "Memory of the GPU in use.", "memory_used_bytes", 1),
    ("green_gpu_sm_clock_hertz", "hertz", "Clock of the GPU's processors.", "sm_clock_mhz", HERTZ_A_MHZ),
    ("green_gpu_memory_clock_hertz", "hertz", "Clock of the GPU's memory.", "memory_clock_mhz", HERTZ_A_MHZ),
    ("green_gpu_temperature_celsius", "celsius", "Temperature of the GPU.", "temperature_c", 1),
    (
        "green_gpu_others_ratio",
        "ratio",
        "Share of the GPU's work that is done for other processes than the model server.",
        "others_share",
        1,
    ),
)


def families(snapshot: Snapshot, tally: Tally) -> Iterator[Family]:
    """All of them; whoever writes the tally has to wait meanwhile."""
    build = Family("green_build", INFO, "Version of green-qwen; whether its GPU is simulated.")
    build.add(1, version=__version__, simulated=str(snapshot.simulated).lower())
    yield build
    yield from _of_gpus(snapshot.gpus)
    yield from _of_accounts(tally)
    yield from _of_requests(tally)
    yield from _of_conventions(tally)
    yield from _of_state(snapshot)
    yield from _of_process()


def _of_gpus(gpus: tuple[GpuView, ...]) -> Iterator[Family]:
    described = Family("green_gpu", INFO, "What each GPU is, and how its energy is measured.")
    up = Family("green_gpu_up", GAUGE, "1 while the GPU can be read.")
    energy = Family("green_gpu_energy_joules", COUNTER, "Energy of the GPU by its own counter.", "joules")
    baseline = Family(
        "green_gpu_baseline_watts", GAUGE, "What the GPU draws at this clock with nothing to do.", "watts"
    )
    for gpu in gpus:
        described.add(1, gpu=gpu.uuid, index=str(gpu.index), name=gpu.name, method=gpu.method)
        up.add(int(gpu.present), gpu=gpu.uuid)
        energy.add(gpu.counter_j, gpu=gpu.uuid)
        baseline.add(gpu.baseline_w, gpu=gpu.uuid)
    yield from (described, up, energy, baseline)
    samples = [(gpu.uuid, gpu.sample) for gpu in gpus if gpu.sample is not None and gpu.present]
    for name, unit, meaning, source, factor in GAUGES:
        family = Family(name, GAUGE, meaning, unit)
        for uuid, sample in samples:
            value = getattr(sample, source, None)
            family.add(None if value is None else value * factor, gpu=uuid)
        yield family
    throttled = Family("green_gpu_throttled", GAUGE, "1 while the driver holds the clocks down for this.")
    for uuid, sample in samples:
        reasons: int | None = sample.reasons
        if reasons is not None:
            for bit, reason in REASONS.items():
                throttled.add(int(bool(reasons & bit)), gpu=uuid, reason=reason)
    yield throttled


def _of_accounts(tally: Tally) -> Iterator[Family]:
    accounts = Family(
        "green_energy_joules",
        COUNTER,
        "Energy by account since the start; a sum that noise would lower stays as it is.",
        "joules",
    )
    for (gpu, account), joules in tally.accounts_j.items():
        accounts.add(joules.shown, gpu=gpu, account=account)
    yield accounts
    unattributed = Family(
        "green_unattributed_energy_joules",
        GAUGE,
        "Energy since the start that no account explains; signed.",
        "joules",
    )
    for gpu, value in tally.unattributed_j.items():
        unattributed.add(value, gpu=gpu)
    yield unattributed


def _of_requests(tally: Tally) -> Iterator[Family]:
    receipts = Family("green_receipts", COUNTER, "Requests accounted for, by how they ended.")
    for (model, outcome), count in tally.receipts.items():
        receipts.add(count, model=model, outcome=outcome)
    yield receipts
    energy = Family(
        "green_request_energy_joules",
        HISTOGRAM,
        "Energy of a request above the baseline, in each phase that it had.",
        "joules",
    )
    for (model, phase), histogram in tally.energy_j.items():
        energy.add_histogram(histogram, model=model, phase=phase)
    yield energy
    clients = Family(
        "green_client_energy_joules",
        COUNTER,
        "Energy of a client's requests above the baseline.",
        "joules",
    )
    for client, joules in tally.clients_j.items():
        clients.add(joules.shown, client=client)
    yield clients
    thrown_away = Family(
        "green_thrown_away_energy_joules", COUNTER, "Energy of work whose result nobody got.", "joules"
    )
    for reason, joules in tally.thrown_away_j.items():
        thrown_away.add(joules.shown, reason=reason)
    yield thrown_away


def _of_conventions(tally: Tally) -> Iterator[Family]:
    """Under the names of OpenTelemetry's conventions for generative AI, as Prometheus writes them."""
    tokens = Family("gen_ai_client_token_usage", HISTOGRAM, "Tokens of a request, read and written.")
    for (model, kind), histogram in tally.tokens.items():
        tokens.add_histogram(histogram, gen_ai_request_model=model, gen_ai_token_type=kind)
    yield tokens
    duration = Family(
        "gen_ai_server_request_duration_seconds",
        HISTOGRAM,
        "Time from forwarding a request to the end of its answer.",
        "seconds",
    )
    for model, histogram in tally.duration_s.items():
        duration.add_histogram(histogram, gen_ai_request_model=model)
    yield duration
    per_token = Family(
        "gen_ai_server_time_per_output_token_seconds", HISTOGRAM, "Mean time of an output token.", "seconds"
    )
    for model, histogram in tally.per_token_s.items():
        per_token.add_histogram(histogram, gen_ai_request_model=model)
    yield per_token


def _of_state(snapshot: Snapshot) -> Iterator[Family]:
    in_flight = Family("green_generations_in_flight", GAUGE, "Generations that the model server works on.")
    in_flight.add(snapshot.in_flight)
    feed = Family("green_feed_connected", GAUGE, "1 while green-proxy's activity feed is there.")
    feed.add(int(snapshot.feed_connected))
    age = Family("green_sample_age_seconds", GAUGE, "Age of the newest reading.", "seconds")
    age.add(max(0.0, time.monotonic() - snapshot.now_s))
    active = Family("green_alert_active", GAUGE, "1 while an alert of green-telemetry stands.")
    for (alert, gpu), stands in snapshot.alerts.items():
        active.add(int(stands), alert=alert, gpu=gpu)
    yield from (in_flight, feed, age, active)


def _of_process() -> Iterator[Family]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = Family("process_cpu_seconds", COUNTER, "Processor time of green-telemetry itself.", "seconds")
    cpu.add(used.ru_utime + used.ru_stime)
    memory = Family("process_resident_memory_bytes", GAUGE, "Memory of green-telemetry itself.", "bytes")
    memory.add(resident_bytes())
    yield from (cpu, memory)


def resident_bytes() -> int | None:
    try:
        with open(STATM, encoding="ascii") as statm:  # noqa: PTH123
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None
