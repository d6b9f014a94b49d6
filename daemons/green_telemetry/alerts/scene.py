# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a rule judges: one moment of one GPU and of the model server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from green_telemetry.alerts.alarm import Alarm
from green_telemetry.sampler import Sample


@dataclass(frozen=True, slots=True)
class Scene:
    """`idle_s` is the time since the last generation ended, or since the start; `minute` power over 60 s."""

    at_s: float
    sample: Sample
    baseline_w: float | None
    in_flight: int
    idle_s: float
    feed_connected: bool
    minute: tuple[float, float] | None


class Rule(Protocol):
    """One kind of alert on one GPU; `event` names its entry and `topic` what it is about."""

    event: str
    topic: str
    alarm: Alarm

    def judge(self, scene: Scene) -> bool | None:
        """True where it is bad, False where it is good, None between and where it can't be told."""

    def words(self, scene: Scene) -> tuple[str, dict[str, Any]]:
        """What is wrong and what to do, and its figures."""
