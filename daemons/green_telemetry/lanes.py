# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When each generation worked and on how many tokens, with all that is known by now."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from green_telemetry.phases import DECODE, LOADING, PREFILL, Span, spans_of
from green_telemetry.progress import Curve
from green_telemetry.timeline import Generation

# Answers that begin within one step of each other were prefilled in one step.
SAME_STEP_S = 0.02
# What an answer's tokens take where nobody counted them (H100, batch of 16).
UNCOUNTED_TOKENS_PER_S = 40.0
# What a prompt's tokens take where neither they nor their speed are known (H100).
SUPPOSED_TOKENS_PER_S, SUPPOSED_TOKENS = 2500.0, 4096.0
# A told count is believed rather than what arrived, from this much difference on for the whole answer.
STRETCH = 1.25
# Room for more than the learned speed, before a prompt is taken for cached in part.
SPEED_TOLERANCE, LEAST_ROOM_TOKENS = 1.0, 16.0
# Work for one prompt grows with the number of those before it; none has so many in its time.
MOST_EARLIER = 64
# How finely an answer in one piece follows streamed ones, how many of them, and for how long.
PIECE_S, MOST_PEERS, MOST_PIECES = 0.5, 8, 120
# How fast answers go on while prompts are worked off, as a share of their pace (H100, chunks of 512).
PACE_BESIDE_PROMPTS = 0.1

# A prompt that took so much of its time before the last answer began was begun in that answer's batch.
WELL_BEFORE = 0.45

Window = tuple[float, float]
SpeedOf = Callable[[str], float | None]
TokensOf = Callable[[str, int], float]


@dataclass(slots=True)
class Lane:
    """One generation: its spans, the windows in which its prompt was worked off, its answer's curve."""

    generation: Generation
    spans: tuple[Span, ...]
    prefill: tuple[Window, ...]
    prefill_tokens: float
    prompt_tokens: float
    decode: Window | None
    curve: Curve | None
    loading: tuple[Window, ...]
    begins_s: float = 0.0
    first_s: float = 0.0
    streamed: bool = False

    @property
    def prefill_s(self) -> float:
        return sum(end_s - start_s for start_s, end_s in self.prefill)

    @property
    def cached_tokens(self) -> float:
        return max(0.0, self.prompt_tokens - self.prefill_tokens)

    def works_between(self, start_s: float, end_s: float) -> bool:
        """True where anything of it is known to have worked then."""
        return any(
            span.known and span.start_s < end_s and span.end_s > start_s and span.end_s > span.start_s
            for span in self.spans
        )


def lanes_of(generations: Iterable[Generation], speed_of: SpeedOf, tokens_of: TokensOf) -> list[Lane]:
    """A lane for each generation; prompts of one model are worked off in the order of their answers."""
    lanes = [_lane(generation, tokens_of) for generation in generations]
    by_model: dict[str, list[Lane]] = {}
    for lane in lanes:
        if lane.prefill:
            by_model.setdefault(lane.generation.model, []).append(lane)
    for model, prompts in by_model.items():
        speed = speed_of(model)
        earlier: list[Lane] = []
        steps = _queue_prompts(prompts)
        for step in steps:
            _count_prompts(step, earlier, speed)
            earlier += step
        for burst in _bursts(steps):
            _level(burst)
    _follow_others(lanes)
    return lanes


def _follow_others(lanes: list[Lane]) -> None:
    """An answer in one piece went on as those did that were streamed meanwhile: a step is everybody's."""
    for lane in lanes:
        if lane.curve is None or lane.decode is None or lane.streamed:
            continue
        first_s, end_s = lane.decode
        total = lane.curve.at(end_s)
        if not 0 < end_s - first_s < math.inf or not total:
            continue
        peers = [
            other.curve
            for other in lanes
            if other.streamed
            and other.curve is not None
            and other.decode is not None
            and other.generation.model == lane.generation.model
            and other.decode[0] < end_s
            and other.decode[1] > first_s
        ]
        prompts = [
            window
            for other in lanes
            if other is not lane and other.generation.model == lane.generation.model
            for window in other.prefill
            if window[0] < end_s and window[1] > first_s
        ]
        if peers or prompts:
            lane.curve = _followed(first_s, end_s, total, peers[:MOST_PEERS], _taken(prompts, []))


def _followed(first_s: float, end_s: float, total: float, peers: list[Curve], prompts: list[Window]) -> Curve:
    pieces = min(MOST_PIECES, max(1, round((end_s - first_s) / PIECE_S)))
    times_s = [first_s + (end_s - first_s) * piece / pieces for piece in range(pieces + 1)]
    known: list[float | None] = []
    for left_s, right_s in pairwise(times_s):
        rates = [tokens for peer in peers if (tokens := peer.between(left_s, right_s)) is not None]
        known.append(sum(rates) / len(rates) if rates else None)
    told = [tokens for tokens in known if tokens is not None]
    usual = sum(told) / len(told) if any(told) else 1.0
    steps = [
        usual * _pace(left_s, right_s, prompts) if tokens is None else tokens
        for tokens, (left_s, right_s) in zip(known, pairwise(times_s), strict=True)
    ]
    scale = total / (sum(steps) or 1.0)
    return Curve(
        list(zip(times_s, itertools.accumulate([0.0, *(scale * step for step in steps)]), strict=True))
    )


def _pace(left_s: float, right_s: float, prompts: list[Window]) -> float:
    """Beside a prompt an answer goes on by a token for each of the prompt's steps."""
    beside_s = sum(max(0.0, min(right_s, end_s) - max(left_s, start_s)) for start_s, end_s in prompts)
    return 1.0 - (1.0 - PACE_BESIDE_PROMPTS) * min(1.0, beside_s / (right_s - left_s))


def _lane(generation: Generation, tokens_of: TokensOf) -> Lane:
    spans = spans_of(generation)
    prefill = tuple((span.start_s, span.end_s) for span in spans if span.phase == PREFILL and span.known)
    loading = tuple((span.start_s, span.end_s) for span in spans if span.phase == LOADING)
    decode = next(((span.start_s, span.end_s) for span in spans if span.phase == DECODE and span.known), None)
    curve = _curve(generation, *decode) if decode is not None else None
    finished = generation.finished
    prompt: float | None = finished.prompt_tokens if finished is not None else None
    if prompt is None and generation.prompt_bytes is not None:
        prompt = tokens_of(generation.model, generation.prompt_bytes)
    lane = Lane(generation, spans, prefill, 0.0, float(prompt or 0), decode, curve, loading)
    lane.streamed = decode is not None and bool(generation.progress.between(*decode))
    return lane


def _curve(generation: Generation, first_s: float, end_s: float) -> Curve:
    """The first token is drawn from the prompt's last one and takes no step of its own."""
    marks = [(time_s, tokens - 1) for time_s, tokens in generation.progress.between(first_s, end_s)]
    finished = generation.finished
    told = finished.output_tokens if finished is not None else (generation.tokens or None)
    last_s, last = marks[-1] if marks else (first_s, 0.0)
    rate = last / (last_s - first_s) if last > 0 else UNCOUNTED_TOKENS_PER_S
    if generation.ended_s is None:
        # As fast as until now, for as long as the books wait.
        return Curve([(first_s, 0.0), *marks, (last_s + 60.0, last + 60.0 * rate)])
    expected = last + rate * (end_s - last_s)
    total = expected if told is None else max(0.0, told - 1.0)
    if not marks or not expected / STRETCH <= total <= expected * STRETCH:
        stretch = total / expected if expected > 0 else 0.0
        marks = [(time_s, tokens * stretch) for time_s, tokens in marks]
    marks = [(time_s, min(tokens, total)) for time_s, tokens in marks]
    return Curve([(first_s, 0.0), *marks, (end_s, total)])


def _queue_prompts(prompts: list[Lane]) -> list[list[Lane]]:
    """By step, each prompt with its windows, without those of prompts that were answered before it."""
    prompts.sort(key=lambda lane: lane.prefill[-1][1])
    taken: list[Window] = []
    steps: list[list[Lane]] = []
    for lane in prompts:
        if steps and lane.prefill[-1][1] - steps[-1][0].first_s <= SAME_STEP_S:
            steps[-1].append(lane)
        else:
            taken = _taken(taken, steps[-1] if steps else [])
            steps.append([lane])
        lane.begins_s, lane.first_s = lane.prefill[0][0], lane.prefill[-1][1]
        # Who finds no time of its own shares that of those before it.
        lane.prefill = _without(lane.prefill, taken) or lane.prefill
    return steps


def _count_prompts(step: list[Lane], earlier: Sequence[Lane], tokens_per_s: float | None) -> None:
    """Cached tokens are not computed again; where the server doesn't tell, the time that it took does."""
    speed = tokens_per_s or SUPPOSED_TOKENS_PER_S
    untold, uncounted = [], []
    for lane in step:
        finished = lane.generation.finished
        lane.prefill_tokens = max(1.0, lane.prompt_tokens)
        if finished is None or finished.prompt_tokens is None:
            uncounted.append(lane)
        elif finished.cached_tokens is not None:
            lane.prefill_tokens = max(1.0, lane.prompt_tokens - finished.cached_tokens)
        elif tokens_per_s is not None and finished.prefill_s is not None:
            untold.append(lane)
    told = sum(lane.prefill_tokens for lane in step if lane not in untold and lane not in uncounted)
    # The shortest first: of long ones more may be cached.
    untold.sort(key=lambda lane: lane.prompt_tokens)
    for number, lane in enumerate(untold):
        room = _room(lane, earlier, speed) - told
        lane.prefill_tokens = max(1.0, min(lane.prompt_tokens, room / (len(untold) - number)))
        told += lane.prefill_tokens
    # Of who left early nobody counted the prompt: like those of the same step, if there are any.
    counted = [lane.prefill_tokens for lane in step if lane not in uncounted]
    usual = sum(counted) / len(counted) if counted else SUPPOSED_TOKENS
    for lane in uncounted:
        most = min(lane.prompt_tokens or usual, lane.prefill_s * speed, _room(lane, earlier, speed) - told)
        lane.prefill_tokens = lane.prompt_tokens = max(1.0, most)


def _bursts(steps: list[list[Lane]]) -> Iterator[list[list[Lane]]]:
    """Steps of which each had begun, by the server's word, before the one before it was answered."""
    burst: list[list[Lane]] = []
    for step in steps:
        begins_s = min(lane.begins_s for lane in step)
        overlap_s = burst[-1][0].first_s - begins_s if burst else 0.0
        well_before = overlap_s >= WELL_BEFORE * (step[0].first_s - begins_s)
        if burst and not (well_before and all(map(_is_counted, step))):
            yield burst
            burst = []
        burst.append(step)
    if burst:
        yield burst


def _is_counted(lane: Lane) -> bool:
    finished = lane.generation.finished
    return finished is not None and finished.cached_tokens is not None


def _level(burst: list[list[Lane]]) -> None:
    """
    Prompts that follow each other without a pause are worked off at one speed.

    A batch of the server holds the end of one prompt and the beginning of the next, whose answer begins
    a batch later: so the time between two answers is not that of the second one's prompt.
    """
    if len(burst) == 1:
        return
    start_s, end_s = burst[0][0].prefill[0][0], burst[-1][0].first_s
    tokens = [sum(lane.prefill_tokens for lane in step) for step in burst]
    speed = sum(tokens) / (end_s - start_s)
    for step, count in zip(burst, tokens, strict=True):
        begins_s = max(start_s, min(lane.begins_s for lane in step))
        until_s = min(begins_s + count / speed, step[0].first_s)
        if until_s - begins_s > 1e-3:
            start_s = until_s
            for lane in step:
                lane.prefill = ((begins_s, until_s),)


def _room(lane: Lane, earlier: Sequence[Lane], tokens_per_s: float) -> float:
    """How many tokens there was time for since its prompt was taken up, without those of others."""
    room = SPEED_TOLERANCE * tokens_per_s * (lane.first_s - lane.begins_s) + LEAST_ROOM_TOKENS
    for other in earlier[-MOST_EARLIER:]:
        if other.first_s <= lane.begins_s or other.prefill_s <= 0:
            continue
        within_s = sum(max(0.0, end_s - max(start_s, lane.begins_s)) for start_s, end_s in other.prefill)
        room -= other.prefill_tokens * within_s / other.prefill_s
    return room


def _taken(taken: list[Window], step: list[Lane]) -> list[Window]:
    windows = sorted([*taken, *(window for lane in step for window in lane.prefill)])
    merged: list[Window] = []
    for start_s, end_s in windows:
        if merged and start_s <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_s))
        else:
            merged.append((start_s, end_s))
    return merged


def _without(windows: tuple[Window, ...], taken: list[Window]) -> tuple[Window, ...]:
    left: list[Window] = []
    for start_s, end_s in windows:
        for taken_start_s, taken_end_s in taken:
            if taken_end_s <= start_s:
                continue
            if taken_start_s >= end_s:
                break
            if taken_start_s > start_s:
                left.append((start_s, taken_start_s))
            start_s = max(start_s, taken_end_s)
        if end_s - start_s > 1e-3:
            left.append((start_s, end_s))
    return tuple(left)
