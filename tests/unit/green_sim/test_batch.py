# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Continuous batching: speed, prompt cache, clocks, and where the joules go."""

from __future__ import annotations

import pytest

from green_sim.engine.job import Ended, Stage
from green_sim.engine.server import HEALTH_CHECK_S
from green_sim.gpu.card import ClockRange
from green_sim.gpu.curves import Curves, Phase
from unit.green_sim.scene import make_scene, order, pieces

STEP_S = 1 / 79.8


def test_one_generation_runs_at_the_measured_speed() -> None:
    """Prefill takes its time, then one token comes each step."""
    scene = make_scene()

    job = scene.submit(20.0, order(answer_tokens=81))
    scene.server.advance(60.0)

    assert (job.first_token_s or 0) - (job.slot_s or 0) == pytest.approx(10 / 2500)
    assert (job.ended_s or 0) - (job.first_token_s or 0) == pytest.approx(80 * STEP_S)
    assert pieces(scene.said[job.number]) == 81
    assert Ended(Stage.FINISHED) == scene.said[job.number][-1]


def test_batch_of_fifty_makes_its_tokens_together() -> None:
    """Fifty sequences make 1126 tokens a second in all."""
    scene = make_scene(parallel=50)
    jobs = [scene.submit(20.0, order(f"{n:02}" * 10, answer_tokens=100)) for n in range(50)]

    scene.server.advance(21.0)
    before = sum(job.generated_tokens for job in jobs)
    scene.server.advance(23.0)

    assert sum(job.generated_tokens for job in jobs) - before == pytest.approx(2 * 1126, rel=0.03)


def test_prefill_of_a_newcomer_slows_the_others() -> None:
    """While a long prompt is computed, decoding sequences get one token a chunk."""
    scene = make_scene(parallel=2)
    running = scene.submit(20.0, order(answer_tokens=400))
    scene.server.advance(21.0)
    before = running.generated_tokens

    scene.submit(21.0, order("x" * 4 * 4000))
    scene.server.advance(22.0)

    assert running.generated_tokens - before < 10


def test_shared_prefix_is_counted_but_not_computed() -> None:
    """The next turn of a chat computes only what is new."""
    scene = make_scene()
    scene.submit(20.0, order("p" * 4000))
    scene.server.advance(60.0)

    second = scene.submit(60.0, order("p" * 4000 + "a" * 40 + "q" * 400))
    scene.server.advance(100.0)

    assert second.prompt_tokens == 1110
    assert (second.cached_tokens, second.prefilled_tokens) == (1010, 100)
    assert (second.first_token_s or 0) - (second.slot_s or 0) == pytest.approx(100 / 2500)


def test_repeated_prompt_still_computes_its_last_token() -> None:
    """There has to be something to sample from."""
    scene = make_scene()
    scene.submit(20.0, order())
    scene.server.advance(30.0)

    again = scene.submit(30.0, order())
    scene.server.advance(40.0)

    assert again.prefilled_tokens == 1


def test_thinking_breaks_the_cache_of_the_last_turn() -> None:
    """Thoughts lie in the cache but never come back in the next prompt."""
    scene = make_scene()
    scene.submit(20.0, order("p" * 4000, thinking="t" * 40))
    scene.server.advance(60.0)

    second = scene.submit(60.0, order("p" * 4000 + "a" * 40 + "q" * 400))
    scene.server.advance(100.0)

    assert second.cached_tokens == 1000


def test_limit_cuts_the_answer() -> None:
    """A client's limit ends the answer with reason length."""
    scene = make_scene()

    job = scene.submit(20.0, order(max_tokens=3))
    scene.server.advance(30.0)

    assert (job.generated_tokens, job.done_reason) == (3, "length")


def test_energy_of_all_generations_is_the_cards() -> None:
    """Between first arrival and last end, every joule is on some generation."""
    scene = make_scene(parallel=4)
    scene.server.advance(20.0)
    before_j = scene.card.energy_j

    jobs = [scene.submit(20.0, order("p" * 800, answer_tokens=50 + n)) for n in range(4)]
    scene.server.advance(60.0)
    last_s = max(job.ended_s or 0 for job in jobs)

    # What the card drew after the last end, and while the runner was asked for its health, is idle power.
    idle_j = 124 * (60.0 - last_s + HEALTH_CHECK_S)
    billed_j = sum(job.cost.prefill_j + job.cost.decode_j for job in jobs)
    assert scene.card.energy_j - before_j - idle_j == pytest.approx(billed_j, rel=0.02)


def test_token_alone_costs_what_was_measured() -> None:
    """7.15 J for a token at batch 1, 0.22 J for a prompt token."""
    scene = make_scene()

    job = scene.submit(20.0, order("p" * 4000, answer_tokens=201))
    scene.server.advance(60.0)

    assert job.cost.decode_j / 200 == pytest.approx(7.15, rel=0.02)
    assert job.cost.prefill_j / 1000 == pytest.approx(0.22, rel=0.04)


def test_sixteen_together_cost_less_each() -> None:
    """0.65 J for a token in a batch of sixteen."""
    scene = make_scene(parallel=16)

    jobs = [scene.submit(20.0, order(f"{n:02}" * 2, answer_tokens=201)) for n in range(16)]
    scene.server.advance(60.0)

    decode_j = sum(job.cost.decode_j for job in jobs)
    assert decode_j / (16 * 200) == pytest.approx(0.65, rel=0.02)


def test_low_clocks_slow_the_prefill() -> None:
    """A request that meets locked clocks says so, and its prefill crawls."""
    scene = make_scene()
    scene.card.lock_sm(15.0, ClockRange(345, 345))

    job = scene.submit(20.0, order("p" * 4000))
    scene.server.advance(60.0)

    assert (job.sm_clock_at_arrival_mhz, job.sm_locked_at_arrival) == (345, True)
    assert (job.first_token_s or 0) - (job.slot_s or 0) == pytest.approx(1000 / 2500 * 1980 / 345)


def test_released_clocks_speed_up_the_step_under_way() -> None:
    """The rest of a step runs at the new clock."""
    scene = make_scene()
    scene.card.lock_sm(15.0, ClockRange(345, 345))
    job = scene.submit(20.0, order("p" * 4 * 500))
    full_s, slow_s = 500 / 2500, 500 / 2500 * 1980 / 345

    scene.server.advance(20.5)
    scene.card.reset_sm(20.5)
    scene.server.clocks_changed(20.5)
    scene.server.advance(60.0)

    done = (20.5 - (job.slot_s or 0)) / slow_s
    assert 20.5 + (1 - done) * full_s == pytest.approx(job.first_token_s)


MIXING = Curves(noise=0.0, mixes_steps=True, mixed_decode_share=0.5)


def test_a_mixed_step_carries_prompt_and_answers() -> None:
    """While a long prompt is computed, each chunk brings a token for the one that decodes."""
    scene = make_scene(parallel=2, curves=MIXING)
    running = scene.submit(20.0, order(answer_tokens=400))
    scene.server.advance(21.0)
    newcomer = scene.submit(21.0, order("x" * 4 * 4000))
    scene.server.advance(21.1)
    before = running.generated_tokens, newcomer.prefilled_tokens

    scene.server.advance(21.1 + 2 * (511 / 2500 + 0.5 / 79.8))

    assert scene.card.work.phase is Phase.MIXED
    assert running.generated_tokens - before[0] == 2
    assert newcomer.prefilled_tokens - before[1] == 2 * 511


def test_a_mixed_step_is_divided_by_the_cost_of_its_parts() -> None:
    """The one that decodes pays for half of a step of its own in each, the prompt for its tokens."""
    scene = make_scene(parallel=2, curves=MIXING)
    running = scene.submit(20.0, order(answer_tokens=400))
    scene.server.advance(21.0)
    before_j, tokens = running.cost.decode_j - running.cost.baseline_j, running.generated_tokens

    newcomer = scene.submit(21.0, order("x" * 4 * 3000, answer_tokens=1))
    scene.server.advance(23.0)
    mixed_s = (newcomer.ended_s or 0) - (newcomer.slot_s or 0)
    alone_j = (571 - 124) / 79.8

    assert newcomer.cost.above_baseline_j == pytest.approx(3000 / 2500 * (560 - 124))
    scene.server.advance(21.0 + mixed_s)
    after_j = running.cost.decode_j - running.cost.baseline_j
    alone = running.generated_tokens - tokens - 6
    assert after_j - before_j == pytest.approx((6 * 0.5 + alone) * alone_j, rel=0.02)


def test_a_longer_context_pays_for_its_own_reading() -> None:
    """Of two that decode together, the one with the longer context costs more, by what it reads."""
    curves = Curves(noise=0.0, decode_context_s=1e-6)
    scene = make_scene(parallel=2, curves=curves)

    jobs = [scene.submit(20.0, order(text, answer_tokens=101)) for text in ("s" * 400, "l" * 8000)]
    scene.server.advance(60.0)

    above_j = [job.cost.above_baseline_j for job in jobs]
    prompts_j = 1900 / 2500 * (560 - 124)
    assert above_j[1] - above_j[0] - prompts_j == pytest.approx(100 * 1900 * 1e-6 * (584 - 124), rel=0.02)


def test_a_longer_context_makes_prompts_dearer() -> None:
    """The second half of a prompt takes longer than the first."""
    curves = Curves(prefill_growth=1e-4)

    assert curves.prefill_s(512, 4096) > 1.3 * curves.prefill_s(512, 0)


def test_a_prompt_s_time_begins_with_its_first_step() -> None:
    """Behind a long prompt that fills every step, it has a slot already, and its time has not begun."""
    scene = make_scene(parallel=2)
    first = scene.submit(20.0, order("x" * 4 * 5000))
    second = scene.submit(20.1, order("y" * 40))
    scene.server.advance(60.0)

    assert (second.slot_s or 0) < 20.5
    assert (second.prompt_began_s or 0) >= (first.first_token_s or 0) - 512 / 2500
