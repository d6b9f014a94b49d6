# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
A generation's time cut into phases, each with its claim on the joules of that time.

The claims (weights) between generations that share the GPU:

- decode: 1. Each step of llama.cpp's batch gives every decoding sequence one token, so sequences that
  decode together cost the same per second of presence; longer contexts cost a few percent more, which
  is left to the receipt's uncertainty.
- prefill: the prompt tokens in one step, at most 512 (llama.cpp's --ubatch-size). A step that prefills
  carries up to 512 prompt tokens and one token of each decoding sequence, and at 2500 prompt tokens/s
  and 0.22 J each (560 W, H100, docs/measurements.md) its joules go by tokens: so a prefilling sequence
  weighs as many decoding ones as it has tokens in the step. Prompts are worked off one after the other,
  so that of several only the one whose answer begins first has this claim, and the others wait.
- loading: 0.1, because a load draws some 40 W above the baseline where a decode draws 300 to 450 W.
- queued: next to nothing; it gets joules only where nobody works.
- draining: less than that; the counter shows the last 100 ms of work late.
"""

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

MICRO_BATCH_TOKENS = 512
DECODE_WEIGHT = 1.0
LOADING_WEIGHT = 0.1
WAITING_WEIGHT = 1e-3
DRAINING_WEIGHT = 1e-6


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a generation's time in one phase; `guessed` where the server has yet to tell."""

    start_s: float
    end_s: float
    phase: str
    weight: float
    guessed: bool = False

    def covers(self, time_s: float) -> bool:
        """True at the edges too."""
        return self.start_s <= time_s <= self.end_s


def spans_of(generation: Generation) -> tuple[Span, ...]:
    """The phases of a generation without holes, from forwarding to the end of its drain."""
    first_s = answer_begins_s(generation)
    if first_s is None:
        return _waiting(generation)
    guessed = generation.ended_s is None
    loaded_s, prefill_s = _before(generation, first_s)
    spans = [
        Span(generation.forwarded_s, loaded_s, LOADING, LOADING_WEIGHT, guessed),
        Span(loaded_s, prefill_s, QUEUED, WAITING_WEIGHT, guessed),
        Span(prefill_s, first_s, PREFILL, _prefill_weight(generation), guessed),
        Span(first_s, _end_s(generation), DECODE, DECODE_WEIGHT),
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
        Span(start_s, loading_s, QUEUED, WAITING_WEIGHT, guessed),
        Span(loading_s, loaded_s, LOADING, LOADING_WEIGHT, guessed),
        Span(max(loading_s, loaded_s), end_s, PREFILL, WAITING_WEIGHT, guessed),
        _drain(generation, PREFILL),
    )
    return tuple(span for span in spans if span.end_s > span.start_s)


def _prefill_weight(generation: Generation) -> float:
    tokens = generation.finished.prompt_tokens if generation.finished else None
    return float(min(max(tokens or MICRO_BATCH_TOKENS, 1), MICRO_BATCH_TOKENS))


def _end_s(generation: Generation) -> float:
    return math.inf if generation.ended_s is None else generation.ended_s


def _drain(generation: Generation, phase: str) -> Span:
    end_s = _end_s(generation)
    return Span(end_s, end_s + COUNTER_STEP_S - COUNTER_LAG_S, phase, DRAINING_WEIGHT)
