# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A generation's time cut into phases."""

from __future__ import annotations

import math
from dataclasses import dataclass

from green_common.feed.messages import Finished
from green_telemetry.timeline import Generation

COUNTER_STEP_S = 0.1
# A reading of the counter shows the energy up to 0 to 100 ms before it, so 50 ms in the mean.
COUNTER_LAG_S = COUNTER_STEP_S / 2

QUEUED, LOADING, PREFILL, DECODE = "queued", "loading", "prefill", "decode"
PHASES = (QUEUED, LOADING, PREFILL, DECODE)


@dataclass(frozen=True, slots=True)
class Span:
    """
    A stretch of a generation's time in one phase.

    `known` where it is known to have worked rather than waited; `guessed` where the server has yet to tell.
    """

    start_s: float
    end_s: float
    phase: str
    known: bool
    guessed: bool = False


def spans_of(generation: Generation) -> tuple[Span, ...]:
    """The phases of a generation without holes, from forwarding to the end of its drain."""
    first_s = answer_begins_s(generation)
    if first_s is None:
        return _waiting(generation)
    guessed = generation.ended_s is None
    loaded_s, prefill_s = _before(generation, first_s)
    spans = [
        Span(generation.forwarded_s, loaded_s, LOADING, known=True, guessed=guessed),
        Span(loaded_s, prefill_s, QUEUED, known=False, guessed=guessed),
        Span(prefill_s, first_s, PREFILL, known=True, guessed=guessed),
        Span(first_s, _end_s(generation), DECODE, known=True),
        _drain(generation, DECODE if _end_s(generation) > first_s else PREFILL),
    ]
    return tuple(span for span in spans if span.end_s > span.start_s)


def answer_begins_s(generation: Generation) -> float | None:
    """
    When the first token was there, or None while nobody can tell.

    An answer in one piece shows its first byte at its end, if at all: the server's decode time, counted
    back, is then the better word. A generation that never decoded (an embedding) begins where it ends.
    """
    first_s, finished = generation.first_token_s, generation.finished
    if generation.ended_s is None or finished is None:
        return first_s
    decode_s = finished.decode_s
    if decode_s is None:
        duration_s = generation.ended_s - generation.forwarded_s
        decode_s = _decode_share(finished) * duration_s if first_s is None else 0.0
    latest_s = generation.ended_s - decode_s
    return max(generation.forwarded_s, latest_s if first_s is None else min(first_s, latest_s))


def _decode_share(finished: Finished) -> float:
    """Decode's part of the time where the server only counts: 80 tokens/s against 2500 (H100, batch of 1)."""
    decode, prefill = (finished.output_tokens or 0) / 80, (finished.prompt_tokens or 0) / 2500
    return decode / (decode + prefill) if decode else 0.0


def _before(generation: Generation, first_s: float) -> tuple[float, float]:
    """End of the load and start of the prefill, by the server's own durations where it gave them."""
    finished, start_s = generation.finished, generation.forwarded_s
    loaded_s = start_s
    if generation.load_started_s is not None:
        loaded_s = generation.load_finished_s or first_s
    if finished is not None and finished.load_s is not None:
        loaded_s = start_s + finished.load_s
    prefill_s = max(loaded_s, generation.slot_freed_s or start_s)
    if finished is not None and finished.prefill_s is not None:
        prefill_s = first_s - finished.prefill_s
    prefill_s = min(max(prefill_s, start_s), first_s)
    return min(loaded_s, prefill_s), prefill_s


def _waiting(generation: Generation) -> tuple[Span, ...]:
    """No token yet: it may wait, load or prefill, so that it pays only where nobody is known to work."""
    start_s, end_s = generation.forwarded_s, _end_s(generation)
    loading_s = min(max(generation.load_started_s or start_s, start_s), end_s)
    loaded_s = start_s
    if generation.load_started_s is not None:
        loaded_s = min(generation.load_finished_s or end_s, end_s)
    guessed = generation.ended_s is None
    spans = (
        Span(start_s, loading_s, QUEUED, known=False, guessed=guessed),
        Span(loading_s, loaded_s, LOADING, known=True, guessed=guessed),
        Span(max(loading_s, loaded_s), end_s, PREFILL, known=False, guessed=guessed),
        _drain(generation, PREFILL),
    )
    return tuple(span for span in spans if span.end_s > span.start_s)


def _end_s(generation: Generation) -> float:
    return math.inf if generation.ended_s is None else generation.ended_s


def _drain(generation: Generation, phase: str) -> Span:
    end_s = _end_s(generation)
    return Span(end_s, end_s + COUNTER_STEP_S - COUNTER_LAG_S, phase, known=False)
