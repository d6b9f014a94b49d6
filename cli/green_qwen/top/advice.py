# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What to do about what is shown in red: the cause, and what fits it."""

from __future__ import annotations

from collections.abc import Iterator

from green_common.gpu.reasons import (
    HARDWARE_SLOWDOWN,
    HARDWARE_THERMAL_SLOWDOWN,
    POWER_BRAKE,
    POWER_CAP,
    THERMAL_SLOWDOWN,
)
from green_qwen.top.view import PREFILL, GpuPart, View

# On an H100 sixteen together take less power than eight, at twice the speed (docs/measurements.md).
FULL_BATCH, FEW_IN_FLIGHT = 16, 4
HEAT = THERMAL_SLOWDOWN | HARDWARE_THERMAL_SLOWDOWN
HARDWARE = HARDWARE_SLOWDOWN | POWER_BRAKE
# What green-telemetry's alerts are about, where nothing else here tells of it.
OF_ALERTS = {
    "power_deviation": "power comes in bursts: mark background work X-Green-Priority: batch",
    "temperature": "it is hot: look at fans, air flow and filters",
    "reloads": "a model is loaded again and again: leave [shaping] pin on; OLLAMA_KEEP_ALIVE",
    "bypass": "a client goes round green-proxy: point it to port 18789",
    "unused": "the model is resident and unused: CUDA_DISABLE_PERF_BOOST=1, or run green-idle",
}


def advice_lines(view: View) -> tuple[str, ...]:
    """One line a trouble, the worst first."""
    lines = [line for gpu in view.gpus for line in _of_gpu(gpu, view)]
    lines += [OF_ALERTS[alert] for alert in view.alerts if alert in OF_ALERTS]
    if view.proxy and view.proxy.trouble:
        lines.append(f"green-proxy does not reach the model server: {view.proxy.trouble}")
    return tuple(dict.fromkeys(lines))


def _of_gpu(gpu: GpuPart, view: View) -> Iterator[str]:
    if not gpu.present:
        yield f"GPU {gpu.index} can't be read: nvidia-smi; journalctl -k | grep Xid"
        return
    reasons = gpu.reasons or 0
    if reasons & HEAT:
        yield f"GPU {gpu.index} is too hot for its clocks: fans, air flow, filters; or a lower power limit"
    elif reasons & HARDWARE:
        yield f"GPU {gpu.index} is braked by its board: power supply and cables; journalctl -k | grep Xid"
    elif reasons & POWER_CAP:
        yield f"GPU {gpu.index} draws all its power limit allows; the last watts yield the fewest tokens"
    # A mean that still holds the work that has ended needs no word.
    ended = view.in_flight == 0 and (gpu.power_w or 0.0) <= (gpu.power_alert_w or 0.0)
    if gpu.over_limit and not ended:
        yield f"over {gpu.power_alert_w:.0f} W: {_of_power(view)}"


def _of_power(view: View) -> str:
    """Whose the power is, as far as the feed tells."""
    if view.in_flight is None or view.feed == "absent":
        return "nobody tells what runs; start green-proxy and green-telemetry"
    if not view.in_flight:
        return "nothing is in flight on the proxy; nvidia-smi names other work"
    reading = sum(one.phase == PREFILL for one in view.running)
    waits = view.proxy.waiting if view.proxy else 0
    if waits and view.in_flight < FULL_BATCH:
        return f"{waits} wait while only {view.in_flight} share the GPU: more slots (OLLAMA_NUM_PARALLEL)"
    if view.in_flight < FEW_IN_FLIGHT:
        return f"only {view.in_flight} in flight, where a token costs most: let more come together"
    if 2 * reading >= len(view.running):
        return "long prompts: [shaping] trim, and shared beginnings that the server caches"
    return "its normal load? then say so in [telemetry] power_alert_models"
