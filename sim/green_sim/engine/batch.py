# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Continuous batching: one step after another, each a chunk of prompts or one token for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from green_sim.engine.job import Ended, Job, Stage
from green_sim.engine.slots import Slots
from green_sim.gpu import curves
from green_sim.gpu.card import Card
from green_sim.gpu.curves import Phase, Work

# llama.cpp's --ubatch-size: the most prompt tokens that one step computes.
CHUNK_TOKENS = 512


@dataclass(slots=True)
class Step:
    """One step under way: its sequences, each with its tokens, and how much of it is left."""

    phase: Phase
    shares: tuple[tuple[Job, int], ...]
    left_s: float
    speed: float
    since_s: float
    started_s: float
    energy_start_j: float
    baseline_w: float

    @property
    def ends_s(self) -> float:
        """When it ends if the clocks stay."""
        return self.since_s + self.left_s / self.speed


class Batch:
    """Runs the slots' sequences on a card, step by step; time is passed in."""

    __slots__ = ("_card", "_last", "_slots", "_step")

    def __init__(self, card: Card, slots: Slots) -> None:
        self._card = card
        self._slots = slots
        self._step: Step | None = None
        self._last = Phase.DECODE

    @property
    def running(self) -> bool:
        """True while a step is under way."""
        return self._step is not None

    def next_event_s(self) -> float | None:
        """When the present step ends."""
        return None if self._step is None else self._step.ends_s

    def start(self, now_s: float) -> None:
        """Begin the next step if none is under way and there is something to do."""
        if self._step is not None:
            return
        self._slots.fill(now_s)
        prefilling, decoding = self._slots.jobs(Stage.PREFILL), self._slots.jobs(Stage.DECODE)
        if prefilling and (self._last is Phase.DECODE or not decoding):
            shares = _chunk(prefilling)
            full_s = sum(tokens for _, tokens in shares) / curves.PREFILL_TOKENS_PER_S
            self._begin(now_s, Phase.PREFILL, shares, full_s)
        elif decoding:
            full_s = len(decoding) / curves.decode_tokens_per_s(len(decoding))
            self._begin(now_s, Phase.DECODE, tuple((job, 1) for job in decoding), full_s)

    def finish_step(self, now_s: float) -> None:
        """End the present step: bill its energy, hand out its tokens, free what is done."""
        step = self._step
        if step is None:
            return
        self._step = None
        self._last = step.phase
        self._card.set_work(now_s, Work())
        _bill(step, self._card.energy_j - step.energy_start_j, now_s)
        for job, tokens in step.shares:
            _progress(job, step.phase, tokens, now_s)
        self._slots.release_ended()

    def clocks_changed(self, now_s: float) -> None:
        """Go on with the present step at the speed of the new clocks."""
        step = self._step
        if step is None:
            return
        step.left_s = max(0.0, step.left_s - (now_s - step.since_s) * step.speed)
        step.since_s = now_s
        step.speed = curves.speed(step.phase, self._card.clock)

    def _begin(self, now_s: float, phase: Phase, shares: tuple[tuple[Job, int], ...], full_s: float) -> None:
        self._card.set_work(now_s, Work(phase, len(shares)))
        speed = curves.speed(phase, self._card.clock)
        start_j, baseline_w = self._card.energy_j, self._card.baseline_w
        self._step = Step(phase, shares, full_s, speed, now_s, now_s, start_j, baseline_w)


def _chunk(prefilling: list[Job]) -> tuple[tuple[Job, int], ...]:
    shares = []
    room = CHUNK_TOKENS
    for job in sorted(prefilling, key=lambda one: one.number):
        tokens = min(room, job.left_to_prefill)
        if tokens > 0:
            shares.append((job, tokens))
            room -= tokens
    return tuple(shares)


def _bill(step: Step, energy_j: float, now_s: float) -> None:
    baseline_j = step.baseline_w * (now_s - step.started_s)
    whole = sum(tokens for _, tokens in step.shares)
    for job, tokens in step.shares:
        share = tokens / whole
        job.cost.baseline_j += baseline_j * share
        if step.phase is Phase.PREFILL:
            job.cost.prefill_j += energy_j * share
        else:
            job.cost.decode_j += energy_j * share


def _progress(job: Job, phase: Phase, tokens: int, now_s: float) -> None:
    if job.over:
        return
    if phase is Phase.PREFILL:
        job.prefilled_tokens += tokens
        if job.left_to_prefill > 0:
            return
        job.stage = Stage.DECODE
        job.first_token_s = now_s
    # The first token is sampled from the last prompt token's logits: it costs no decode step.
    if job.tokens_to_generate > 0:
        job.emit(job.piece(job.generated_tokens))
        job.generated_tokens += 1
    if job.generated_tokens >= job.tokens_to_generate:
        job.done_reason = "stop" if job.generated_tokens >= job.natural_tokens else "length"
        job.end(now_s, Ended(Stage.FINISHED))
