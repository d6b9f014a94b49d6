# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The energy of loads that have the GPUs to themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from green_common.feed.messages import (
    Cancelled,
    Finished,
    Forwarded,
    FromProxy,
    LoadFinished,
    LoadStarted,
    Running,
)
from green_idle.parking.prices import MeasuredLoad

MOST_GENERATIONS = 4096


@dataclass(frozen=True, slots=True)
class Begun:
    """A load under way, and the counters when it began."""

    generation: str
    at_s: float
    energy_j: float


class LoadMeter:
    """
    `read_energy_j` is called at the edges of loads alone, because it is slow; None where it can't tell.

    A load beside another generation is not counted: the counter does not say whose the joules are.
    """

    def __init__(self, read_energy_j: Callable[[], float | None]) -> None:
        self._read_energy_j = read_energy_j
        self._generations: set[str] = set()
        self._begun: Begun | None = None

    def connected(self) -> None:
        self._generations.clear()
        self._begun = None

    def heard(self, message: FromProxy, at_s: float) -> tuple[str, MeasuredLoad] | None:
        """The model and its load where one has just ended."""
        if isinstance(message, Forwarded | Running):
            self._enters(message.generation)
        elif isinstance(message, Finished | Cancelled):
            self._leaves(message.generation)
        elif isinstance(message, LoadStarted):
            self._begin(message.generation, at_s)
        elif isinstance(message, LoadFinished):
            return self._end(message, at_s)
        return None

    def _enters(self, generation: str) -> None:
        if len(self._generations) < MOST_GENERATIONS:
            self._generations.add(generation)
        if self._begun and self._begun.generation != generation:
            self._begun = None

    def _leaves(self, generation: str | None) -> None:
        if generation is None:
            return
        self._generations.discard(generation)
        if self._begun and self._begun.generation == generation:
            self._begun = None

    def _begin(self, generation: str, at_s: float) -> None:
        if self._generations == {generation}:
            energy_j = self._read_energy_j()
            self._begun = None if energy_j is None else Begun(generation, at_s, energy_j)

    def _end(self, message: LoadFinished, at_s: float) -> tuple[str, MeasuredLoad] | None:
        begun, self._begun = self._begun, None
        if begun is None or begun.generation != message.generation:
            return None
        energy_j = self._read_energy_j()
        # A counter that falls was reset with the driver.
        if energy_j is None or energy_j < begun.energy_j:
            return None
        return message.model, MeasuredLoad(energy_j - begun.energy_j, at_s - begun.at_s)
