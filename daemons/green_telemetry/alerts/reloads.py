# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alert about a model that is loaded again and again: 20 GB each time, and everybody waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from green_telemetry.alerts.alarm import Alarm
from green_telemetry.timeline import Generation

STORM, WITHIN_S = 3, 600.0
# Ollama's own keep_alive is 5 min: loads that are further apart come from it.
KEEP_ALIVE_S = 240.0
MANY_MODELS_ADVICE = (
    "Several models take turns: raise OLLAMA_MAX_LOADED_MODELS if they fit into the GPU's memory together, "
    "or let clients agree on one."
)
KEEP_ALIVE_ADVICE = (
    "The loads are minutes apart, as if the model were unloaded between requests: raise OLLAMA_KEEP_ALIVE, "
    "and look for clients that send a short keep_alive."
)
OPTIONS_ADVICE = (
    "Clients that differ in num_ctx or another load option make Ollama load the model anew: leave [shaping] "
    "pin on, set num_ctx once (OLLAMA_CONTEXT_LENGTH), and send all clients through green-proxy."
)


class Reloads:
    """Loads of the last ten minutes, by the feed."""

    event, topic = "alert.reloads", "reloads"

    def __init__(self) -> None:
        self.alarm = Alarm(0.0, 0.0)
        self._loads: deque[tuple[float, str]] = deque(maxlen=64)
        self._newest_s = float("-inf")

    def observe(self, generations: Iterable[Generation], now_s: float) -> bool | None:
        """Take in the loads that began; True in a storm, False once it has passed."""
        begun = [
            (generation.load_started_s, generation.model)
            for generation in generations
            if generation.load_started_s is not None and generation.load_started_s > self._newest_s
        ]
        for load in sorted(begun):
            self._loads.append(load)
            self._newest_s = load[0]
        while self._loads and self._loads[0][0] < now_s - WITHIN_S:
            self._loads.popleft()
        if len(self._loads) >= STORM:
            return True
        return False if len(self._loads) < STORM - 1 else None

    def words(self) -> tuple[str, dict[str, object]]:
        """What happened and what to do, and its figures."""
        models = sorted({model for _, model in self._loads})
        apart_s = (self._loads[-1][0] - self._loads[0][0]) / max(1, len(self._loads) - 1)
        advice = OPTIONS_ADVICE
        if len(models) > 1:
            advice = MANY_MODELS_ADVICE
        elif apart_s >= KEEP_ALIVE_S:
            advice = KEEP_ALIVE_ADVICE
        say = f"{len(self._loads)} loads of a model within 10 minutes ({', '.join(models[:4])}). {advice}"
        return say, {"loads": len(self._loads), "models": models[:4]}
