# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The joules of one interval, divided among the generations that were there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from green_telemetry.phases import COUNTER_LAG_S, DECODE_WEIGHT, PREFILL, WAITING_WEIGHT, Span, spans_of
from green_telemetry.timeline import Generation


@dataclass(frozen=True, slots=True)
class Interval:
    """The time between two readings of the counter; energy is signed and holds the baseline."""

    start_s: float
    end_s: float
    energy_j: float
    baseline_j: float
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """
    Joules above the baseline that one generation answers for; times are those of the work itself.

    `baseline_share_j` is its part of the baseline of that time, for information. `others` is how many
    others worked beside it.
    """

    generation: str
    phase: str
    start_s: float
    end_s: float
    energy_j: float
    baseline_share_j: float
    others: int
    guessed: bool


# Answers that begin within one step of each other were prefilled in one step.
SAME_STEP_S = 0.02
# Work grows with the square of what begins and ends in one interval; beyond this, edges are left out.
MAX_EDGES = 256


@dataclass(frozen=True, slots=True)
class _Segment:
    """A stretch in which the same generations are in the same phases."""

    start_s: float
    end_s: float
    active: tuple[tuple[Generation, Span], ...]

    @property
    def claim(self) -> float:
        """Its length, as far as anybody works in it: waiting draws no power of its own."""
        busiest = max(span.weight for _, span in self.active)
        return (self.end_s - self.start_s) * min(busiest, DECODE_WEIGHT)


def split(interval: Interval, generations: Iterable[Generation]) -> tuple[Charge, ...]:
    """
    Divide an interval's joules above the baseline.

    Power is taken as even over the interval's working segments (decode alone and prefill draw within
    2 % of each other); inside a segment the weights of phases.py decide. All of it finds an owner
    where anybody was there, nothing where nobody was: that is then unattributed.
    """
    segments = _segments(interval, generations)
    claims = sum(segment.claim for segment in segments)
    if claims <= 0:
        return ()
    above_j = interval.energy_j - interval.baseline_j
    charges: list[Charge] = []
    for segment in segments:
        length = (segment.end_s - segment.start_s) / (interval.end_s - interval.start_s)
        energy_j = above_j * segment.claim / claims
        charges.extend(_charges(segment, energy_j, interval.baseline_j * length))
    return tuple(charges)


def _segments(interval: Interval, generations: Iterable[Generation]) -> list[_Segment]:
    start_s, end_s = interval.start_s - COUNTER_LAG_S, interval.end_s - COUNTER_LAG_S
    present = [
        (generation, span)
        for generation in generations
        for span in spans_of(generation)
        if span.start_s < end_s and span.end_s > start_s
    ]
    edges = {start_s, end_s}
    for _, span in present:
        edges.update(edge for edge in (span.start_s, span.end_s) if start_s < edge < end_s)
    segments = []
    for left_s, right_s in pairwise(_bounded(sorted(edges))):
        middle_s = (left_s + right_s) / 2
        active = tuple((generation, span) for generation, span in present if span.covers(middle_s))
        if active:
            segments.append(_Segment(left_s, right_s, active))
    return segments


def _bounded(edges: list[float]) -> list[float]:
    """Some MAX_EDGES of them at most, evenly chosen, with the first and the last."""
    step = -(-len(edges) // MAX_EDGES)
    return [*edges[:-1:step], edges[-1]]


def _charges(segment: _Segment, energy_j: float, baseline_j: float) -> Iterable[Charge]:
    weights = _weights(segment)
    whole = sum(weights)
    workers = sum(weight >= DECODE_WEIGHT for weight in weights)
    sharers = workers or len(weights)
    unsure = not workers and any(span.guessed for _, span in segment.active)
    for (generation, span), weight in zip(segment.active, weights, strict=True):
        shares = weight >= DECODE_WEIGHT or not workers
        yield Charge(
            generation=generation.id,
            phase=span.phase,
            start_s=segment.start_s,
            end_s=segment.end_s,
            energy_j=energy_j * weight / whole,
            baseline_share_j=baseline_j / sharers if shares else 0.0,
            others=sharers - shares if workers or unsure else 0,
            guessed=span.guessed,
        )


def _weights(segment: _Segment) -> list[float]:
    """Each one's claim; prompts are worked off one after the other, the first to answer first."""
    prefills_end_s = [span.end_s for _, span in segment.active if _prefills(span)]
    first_s = min(prefills_end_s, default=0.0) + SAME_STEP_S
    return [
        WAITING_WEIGHT if _prefills(span) and span.end_s > first_s else span.weight
        for _, span in segment.active
    ]


def _prefills(span: Span) -> bool:
    return span.phase == PREFILL and span.weight >= DECODE_WEIGHT
