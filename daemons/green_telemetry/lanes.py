# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When each generation worked and on how many tokens, with all that is known by now."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from itertools import pairwise

from green_telemetry.lane import Lane, Window, covered
from green_telemetry.phases import DECODE, LOADING, PREFILL, spans_of
from green_telemetry.progress import Curve
from green_telemetry.prompts import work_off
from green_telemetry.timeline import Generation

# What an answer's tokens take where nobody counted them (H100, batch of 16).
UNCOUNTED_TOKENS_PER_S = 40.0
# A told count is believed rather than what arrived, from this much difference on for the whole answer.
STRETCH = 1.25
# How finely an answer in one piece follows streamed ones, how many of them, and for how long.
PIECE_S, MOST_PEERS, MOST_PIECES = 0.5, 8, 120
# How fast answers go on while prompts are worked off, as a share of their pace (H100, chunks of 512).
PACE_BESIDE_PROMPTS = 0.1

SpeedOf = Callable[[str], float | None]
TokensOf = Callable[[str, int], float]


def lanes_of(generations: Iterable[Generation], speed_of: SpeedOf, tokens_of: TokensOf) -> list[Lane]:
    """A lane for each generation; prompts of one model are worked off in the order of their answers."""
    lanes = [_lane(generation, tokens_of) for generation in generations]
    by_model: dict[str, list[Lane]] = {}
    for lane in lanes:
        if lane.prefill:
            by_model.setdefault(lane.generation.model, []).append(lane)
    for model, prompts in by_model.items():
        work_off(prompts, speed_of(model))
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
            lane.curve = _followed(first_s, end_s, total, peers[:MOST_PEERS], covered(prompts, []))


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
