# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When prompts were worked off."""

from __future__ import annotations

import pytest

from green_common.feed.messages import Cancelled, Finished, FirstToken, Forwarded
from green_telemetry.lane import Lane
from green_telemetry.lanes import lanes_of
from green_telemetry.timeline import Timeline

BATCH_S = 0.88


def lanes(timeline: Timeline) -> dict[str, Lane]:
    made = lanes_of(timeline.generations, lambda model: 2300.0, lambda model, size_bytes: size_bytes / 4)
    return {lane.generation.id: lane for lane in made}


def burst(cached_tokens: int | None) -> Timeline:
    """Five equal prompts in batches that hold two: the first is answered alone, the others in pairs."""
    timeline = Timeline()
    firsts_s = [BATCH_S, 2 * BATCH_S, 2 * BATCH_S + 1e-3, 3 * BATCH_S, 3 * BATCH_S + 1e-3]
    # The server begins to count a prompt's time with the batch that holds its first token.
    prefills_s = [BATCH_S, 2 * BATCH_S, BATCH_S, 2 * BATCH_S, BATCH_S]
    for number in range(5):
        timeline.apply(Forwarded(f"g{number}", (f"r{number}",), "m"), 0.0)
    for number, first_s in enumerate(firsts_s):
        timeline.apply(FirstToken(f"g{number}"), first_s)
    for number, first_s in enumerate(firsts_s):
        timeline.apply(
            Finished(
                f"g{number}",
                (f"r{number}",),
                "m",
                200,
                prompt_tokens=1000,
                output_tokens=50,
                prefill_s=prefills_s[number],
                decode_s=5.0 - first_s,
                cached_tokens=cached_tokens,
            ),
            5.0,
        )
    return timeline


def test_prompts_of_one_burst_are_worked_off_at_one_speed() -> None:
    """Whichever answer they had to wait for."""
    made = lanes(burst(cached_tokens=0))

    speeds = [1000 / (made[f"g{number}"].prefill_s or 1) for number in (0, 1, 3)]
    assert speeds[0] == pytest.approx(2 * speeds[1], rel=0.01)
    assert speeds[1] == pytest.approx(speeds[2], rel=0.01)
    assert made["g0"].prefill[0] == pytest.approx((0.0, 3 * BATCH_S / 5), abs=0.01)


def test_where_cached_tokens_are_not_told_each_step_keeps_its_time() -> None:
    """Equal speed says nothing of prompts that may have been worked off before."""
    made = lanes(burst(cached_tokens=None))

    assert made["g0"].prefill[0] == pytest.approx((0.0, BATCH_S), abs=0.01)


def test_a_prompt_that_nobody_counted_is_judged_by_its_size() -> None:
    """Its client left after the first token."""
    timeline = Timeline()
    timeline.apply(Forwarded("g", ("r",), "m", None, 4000), 0.0)
    timeline.apply(FirstToken("g"), 1.0)
    timeline.apply(Cancelled(("r",), "client left", "g", 5), 2.0)

    assert lanes(timeline)["g"].prefill_tokens == pytest.approx(1000.0)
