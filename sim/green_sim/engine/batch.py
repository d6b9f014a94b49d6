# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Continuous batching: one step after another, each a chunk of prompts or one token for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from green_sim.engine.job import Ended, Job, Stage
from green_sim.engine.slots import Slots
from green_sim.gpu.card import Card
from green_sim.gpu.curves import Curves, Phase, Work


@dataclass(frozen=True, slots=True)
class Share:
    """
    What one sequence does in a step, and its part in the step's cost.

    `full_s` is the time that it takes of the step at full clocks, `cost` that time by the power above idle
    that work of its kind draws: the joules above the baseline that it would be charged without noise.
    """

    job: Job
    phase: Phase
    tokens: int
    full_s: float
    cost: float


@dataclass(slots=True)
class Step:
    """One step under way: its sequences, each with its tokens, and how much of it is left."""

    work: Work
    shares: tuple[Share, ...]
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
        curves = self._card.curves
        prefilling, decoding = self._slots.jobs(Stage.PREFILL), self._slots.jobs(Stage.DECODE)
        if prefilling and decoding and curves.mixes_steps:
            prompts = _prefill(curves, prefilling, curves.chunk_tokens - len(decoding))
            self._begin(now_s, Phase.MIXED, prompts + _decode(curves, decoding, curves.mixed_decode_share))
        elif prefilling and (self._last is Phase.DECODE or not decoding):
            self._begin(now_s, Phase.PREFILL, _prefill(curves, prefilling, curves.chunk_tokens))
        elif decoding:
            self._begin(now_s, Phase.DECODE, _decode(curves, decoding, 1.0))

    def finish_step(self, now_s: float) -> None:
        """End the present step: bill its energy, hand out its tokens, free what is done."""
        step = self._step
        if step is None:
            return
        self._step = None
        self._last = step.work.phase
        self._card.set_work(now_s, Work())
        _bill(step, self._card.energy_j - step.energy_start_j, now_s)
        for share in step.shares:
            _progress(share, now_s)
        self._slots.release_ended()

    def clocks_changed(self, now_s: float) -> None:
        """Go on with the present step at the speed of the new clocks."""
        step = self._step
        if step is None:
            return
        step.left_s = max(0.0, step.left_s - (now_s - step.since_s) * step.speed)
        step.since_s = now_s
        step.speed = self._card.curves.speed(step.work, self._card.clock)

    def _begin(self, now_s: float, phase: Phase, shares: tuple[Share, ...]) -> None:
        full_s = sum(share.full_s for share in shares)
        prefill_s = sum(share.full_s for share in shares if share.phase is Phase.PREFILL)
        decoding = sum(share.phase is Phase.DECODE for share in shares)
        work = Work(phase, decoding or len(shares), prefill_s / full_s)
        self._card.set_work(now_s, work)
        speed = self._card.curves.speed(work, self._card.clock)
        for share in shares:
            if share.phase is Phase.PREFILL and share.job.prompt_began_s is None:
                share.job.prompt_began_s = now_s
        start_j, baseline_w = self._card.energy_j, self._card.baseline_w
        self._step = Step(work, shares, full_s, speed, now_s, now_s, start_j, baseline_w)


def _prefill(curves: Curves, prefilling: list[Job], room: int) -> tuple[Share, ...]:
    """As many prompt tokens as one step takes, of the oldest generations first."""
    above_idle_w = curves.above_idle_w(Phase.PREFILL)
    shares = []
    for job in sorted(prefilling, key=lambda one: one.number):
        tokens = min(room, job.left_to_prefill)
        if tokens > 0:
            full_s = curves.prefill_s(tokens, job.cached_tokens + job.prefilled_tokens)
            shares.append(Share(job, Phase.PREFILL, tokens, full_s, full_s * above_idle_w))
            room -= tokens
    return tuple(shares)


def _decode(curves: Curves, decoding: list[Job], part: float) -> tuple[Share, ...]:
    """One token each: an equal part of reading the weights, and what reading its own context takes."""
    above_idle_w = curves.above_idle_w(Phase.DECODE, len(decoding))
    weights_s = part * curves.decode_s(len(decoding)) / len(decoding)
    shares = []
    for job in decoding:
        context_tokens = job.prompt_tokens + job.generated_tokens
        full_s = weights_s + curves.decode_context_s * context_tokens
        shares.append(Share(job, Phase.DECODE, 1, full_s, full_s * above_idle_w))
    return tuple(shares)


def _bill(step: Step, energy_j: float, now_s: float) -> None:
    """Divide the step's true joules by its parts' costs, so that noise falls on all of them alike."""
    baseline_j = step.baseline_w * (now_s - step.started_s)
    whole = sum(share.cost for share in step.shares)
    for share in step.shares:
        part, cost = share.cost / whole, share.job.cost
        cost.baseline_j += baseline_j * part
        if share.phase is Phase.PREFILL:
            cost.prefill_j += energy_j * part
        else:
            cost.decode_j += energy_j * part


def _progress(share: Share, now_s: float) -> None:
    job = share.job
    if job.over:
        return
    if share.phase is Phase.PREFILL:
        job.prefilled_tokens += share.tokens
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
