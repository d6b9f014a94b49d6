# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alerts about who uses a GPU: somebody that goes round the proxy, or nobody at all."""

from __future__ import annotations

from typing import Any

from green_telemetry.alerts.alarm import Alarm
from green_telemetry.alerts.scene import Scene

# The counter, the power reading and the feed need a moment to agree that a generation has ended.
SETTLED_S = 3.0
UNSURE_S = 10.0
BUSY_PERCENT = 10
MOSTLY_OTHERS = 0.5
ABOVE_BASELINE_W, ABOVE_BASELINE = 20.0, 1.2
UNUSED_S = 600.0
# What a driver and a display hold without any model.
RESIDENT_BYTES = 2 * 1024**3
ABOVE_REST_W, ABOVE_REST = 5.0, 1.15
BYPASS_ADVICE = (
    "Point clients to port 18789 of green-proxy, and bind Ollama to loopback (OLLAMA_HOST=127.0.0.1:11434)."
)
UNSURE_ADVICE = "The work may also be another program's: nvidia-smi names it. "
UNUSED_ADVICE = (
    "Start the model server with CUDA_DISABLE_PERF_BOOST=1 (driver 580.105 or newer), or run green-idle, "
    "or let it unload the model sooner (OLLAMA_KEEP_ALIVE)."
)


class Bypass:
    """The model server works, and nothing is in flight on the feed."""

    event, topic = "alert.bypass", "bypass"

    def __init__(self) -> None:
        self.alarm = Alarm(5.0, 30.0)
        self._unsure_since_s: float | None = None

    def judge(self, scene: Scene) -> bool | None:
        if not scene.feed_connected or scene.in_flight or scene.idle_s < SETTLED_S:
            self._unsure_since_s = None
            return None
        works = _works(scene)
        share = scene.sample.others_share
        if not works or share is not None:
            self._unsure_since_s = None
            return works if share is None or works is None else works and share < MOSTLY_OTHERS
        # Nobody says whose work it is: a longer look before a word about it.
        if self._unsure_since_s is None:
            self._unsure_since_s = scene.at_s
        return True if scene.at_s - self._unsure_since_s >= UNSURE_S else None

    def words(self, scene: Scene) -> tuple[str, dict[str, Any]]:
        sample = scene.sample
        unsure = UNSURE_ADVICE if sample.others_share is None else ""
        say = (
            f"it works at {sample.power_w or 0.0:.0f} W with nothing in flight on the proxy's feed: a client "
            f"goes round green-proxy. {unsure}{BYPASS_ADVICE}"
        )
        return say, {
            "power_w": sample.power_w,
            "baseline_w": scene.baseline_w,
            "others_share": sample.others_share,
        }


class Unused:
    """A model is resident and nobody has asked it anything for ten minutes, at more than the lowest rest."""

    event, topic = "alert.unused", "unused"

    def __init__(self) -> None:
        self.alarm = Alarm(0.0, 0.0)
        self._lowest_w: float | None = None

    def judge(self, scene: Scene) -> bool | None:
        if scene.in_flight:
            return False
        if scene.minute is None:
            return None
        mean_w = scene.minute[0]
        self._lowest_w = mean_w if self._lowest_w is None else min(self._lowest_w, mean_w)
        used_bytes = scene.sample.memory_used_bytes
        resident = used_bytes is None or used_bytes >= RESIDENT_BYTES
        at_rest = not scene.sample.gpu_percent
        return (
            resident
            and at_rest
            and scene.idle_s >= UNUSED_S
            and mean_w > max(ABOVE_REST * self._lowest_w, self._lowest_w + ABOVE_REST_W)
        )

    def words(self, scene: Scene) -> tuple[str, dict[str, Any]]:
        mean_w = scene.minute[0] if scene.minute else 0.0
        lowest_w = self._lowest_w or 0.0
        say = (
            f"the model is resident, unused for {scene.idle_s / 60:.0f} min, and the GPU draws {mean_w:.0f} "
            f"W, where {lowest_w:.0f} W is the least it was seen to rest at. {UNUSED_ADVICE}"
        )
        return say, {"power_mean_w": mean_w, "lowest_w": lowest_w, "idle_s": scene.idle_s}


def _works(scene: Scene) -> bool | None:
    """True where the GPU computes, by its power and by its utilisation where it tells."""
    sample = scene.sample
    if sample.power_w is None or scene.baseline_w is None:
        return None
    above = sample.power_w > max(ABOVE_BASELINE * scene.baseline_w, scene.baseline_w + ABOVE_BASELINE_W)
    return above and (sample.gpu_percent is None or sample.gpu_percent >= BUSY_PERCENT)
