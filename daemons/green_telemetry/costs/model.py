# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What one model costs on one GPU: claims for its work, and what was learned from it."""

from __future__ import annotations

from dataclasses import dataclass, field

from green_telemetry.costs.estimate import Estimate, Parts
from green_telemetry.costs.size import PromptSize
from green_telemetry.costs.speed import PrefillSpeed


@dataclass(slots=True)
class CostModel:
    """Costs by kind of work, and the speed of prompts; `intervals` is from how many they were learned."""

    estimate: Estimate = field(default_factory=Estimate)
    speed: PrefillSpeed = field(default_factory=PrefillSpeed)
    size: PromptSize = field(default_factory=PromptSize)
    intervals: int = 0
    learned_to_s: float | None = None

    def learn(self, span_s: tuple[float, float], parts: Parts, observed: Observation) -> None:
        """What an interval between two readings took; intervals come in their order."""
        if self.learned_to_s != span_s[0]:
            self.estimate.begin(observed.first_edge_variance)
        self.learned_to_s = span_s[1]
        self.intervals += 1
        self.estimate.learn(parts, observed.energy_j, observed.variance, observed.last_edge_variance)


@dataclass(frozen=True, slots=True)
class Observation:
    """Joules above the baseline; the variances are of the reading itself and of the times of its edges."""

    energy_j: float
    variance: float
    first_edge_variance: float
    last_edge_variance: float


class Costs:
    """The models of one GPU, by name, the latest used last."""

    # A feed that lies about names fills no memory.
    MOST = 16

    def __init__(self) -> None:
        self._models: dict[str, CostModel] = {}

    def __getitem__(self, name: str) -> CostModel:
        model = self._models.pop(name, None) or CostModel()
        self._models[name] = model
        while len(self._models) > self.MOST:
            del self._models[next(iter(self._models))]
        return model

    def put(self, name: str, model: CostModel) -> None:
        self._models[name] = model

    def items(self) -> list[tuple[str, CostModel]]:
        return list(self._models.items())

    def prefill_tokens_per_s(self, name: str) -> float | None:
        model = self._models.get(name)
        return None if model is None else model.speed.tokens_per_s

    def prompt_tokens(self, name: str, size_bytes: int) -> float:
        """About how many tokens a request of this size has."""
        return size_bytes * (self._models.get(name) or CostModel()).size.tokens_per_byte
