# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What one trial is to do, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from green_qwen.tune.setting import Setting


class Stage(Enum):
    """Where in the search a trial stands."""

    DEFAULT = "default"
    SCREENING = "screening"
    HALVING = "halving"
    CONFIRMING = "confirming"
    KNOB = "knob"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Trial:
    """Measure this setting for so long; `why` is for whoever watches."""

    setting: Setting
    window_s: float
    stage: Stage
    why: str


@dataclass(frozen=True, slots=True)
class Measured:
    """
    One steady window under load.

    Idle power is that of the resident model with nothing to do, before the load. One whose slots had not
    turned over is not `settled`: it holds too few prompts for its answers, and its yield is too high.
    """

    window_s: float
    output_tokens: int
    energy_j: float
    first_token_p95_s: float
    between_tokens_p95_ms: float
    answered: int
    failures: int
    idle_w: float | None = None
    load_j: float | None = None
    bare_w: float | None = None
    settled: bool = True

    @property
    def tokens_per_j(self) -> float:
        return self.output_tokens / self.energy_j

    @property
    def power_w(self) -> float:
        return self.energy_j / self.window_s

    @property
    def tokens_per_s(self) -> float:
        return self.output_tokens / self.window_s


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trial's figures, or why it has none; `took_s` is all of its time, start and stop included."""

    took_s: float
    measured: Measured | None = None
    failure: str = ""
