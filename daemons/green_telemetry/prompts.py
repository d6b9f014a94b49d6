# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When prompts were worked off: one after the other, in the order in which their answers began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from green_telemetry.lane import Lane, Window, covered

# Answers that begin within one step of each other were prefilled in one step.
SAME_STEP_S = 0.02
# What a prompt's tokens take where neither they nor their speed are known (H100).
SUPPOSED_TOKENS_PER_S, SUPPOSED_TOKENS = 2500.0, 4096.0
# Room for more than the learned speed, before a prompt is taken for cached in part.
SPEED_TOLERANCE, LEAST_ROOM_TOKENS = 1.0, 16.0
# Work for one prompt grows with the number of those before it; none has so many in its time.
MOST_EARLIER = 64
# A prompt that took so much of its time before the last answer began was begun in that answer's batch.
WELL_BEFORE = 0.45


def work_off(prompts: list[Lane], tokens_per_s: float | None) -> None:
    """Give each prompt of one model its windows and its tokens."""
    earlier: list[Lane] = []
    steps = _queue(prompts)
    for step in steps:
        _count(step, earlier, tokens_per_s)
        earlier += step
    for burst in _bursts(steps):
        _level(burst)


def _queue(prompts: list[Lane]) -> list[list[Lane]]:
    """By step, each prompt with its windows, without those of prompts that were answered before it."""
    prompts.sort(key=lambda lane: lane.prefill[-1][1])
    taken: list[Window] = []
    steps: list[list[Lane]] = []
    for lane in prompts:
        if steps and lane.prefill[-1][1] - steps[-1][0].first_s <= SAME_STEP_S:
            steps[-1].append(lane)
        else:
            taken = covered(taken, steps[-1] if steps else [])
            steps.append([lane])
        lane.begins_s, lane.first_s = lane.prefill[0][0], lane.prefill[-1][1]
        # Who finds no time of its own shares that of those before it.
        lane.prefill = _without(lane.prefill, taken) or lane.prefill
    return steps


def _count(step: list[Lane], earlier: Sequence[Lane], tokens_per_s: float | None) -> None:
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
