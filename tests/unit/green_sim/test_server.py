# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated model server schedules, queues and cancels as the real one does."""

from __future__ import annotations

import pytest

from green_sim.engine.job import Stage
from green_sim.engine.server import HEALTH_CHECK_S
from unit.green_sim.scene import make_scene, order

STEP_S = 1 / 79.8


def test_a_full_server_makes_others_wait() -> None:
    """With one slot the second generation starts when the first is over."""
    scene = make_scene()

    first = scene.submit(20.0, order())
    second = scene.submit(20.0, order())
    scene.server.advance(20.05)

    assert (first.stage, second.stage) == (Stage.DECODE, Stage.QUEUED)
    scene.server.advance(60.0)
    assert second.slot_s == first.ended_s


def test_warm_request_shows_milliseconds_not_zero() -> None:
    """The health check of the runner is in every load_duration."""
    scene = make_scene()

    job = scene.submit(20.0, order())
    scene.server.advance(30.0)

    assert (job.scheduled_s or 0) - job.arrived_s == pytest.approx(HEALTH_CHECK_S)


def test_cancelled_generation_stops_at_the_next_step() -> None:
    """The GPU is idle one step after the client left, and no token follows."""
    scene = make_scene()
    job = scene.submit(20.0, order(answer_tokens=1000))
    scene.server.advance(21.0)
    generated = job.generated_tokens

    scene.server.cancel(21.0, job)
    scene.server.advance(21.0 + STEP_S)

    assert generated == job.generated_tokens
    assert scene.card.work.phase.value == "idle"


def test_cancelled_generation_frees_its_slot() -> None:
    """The next in the queue takes over."""
    scene = make_scene()
    first = scene.submit(20.0, order(answer_tokens=1000))
    second = scene.submit(20.0, order())

    scene.server.cancel(21.0, first)
    scene.server.advance(60.0)

    assert Stage.FINISHED is second.stage


def test_waiting_generation_can_be_cancelled() -> None:
    """Who leaves the queue costs nothing."""
    scene = make_scene()
    scene.submit(20.0, order(answer_tokens=100))
    second = scene.submit(20.0, order())

    scene.server.cancel(20.5, second)
    scene.server.advance(60.0)

    assert (second.stage, second.cost.prefill_j) == (Stage.CANCELLED, 0.0)


def test_scheduling_queue_is_bounded() -> None:
    """Only those that wait to be scheduled can be too many; with a loaded model all get in."""
    scene = make_scene(warm=False, max_queue=2)
    jobs = [scene.submit(0.0, order()) for _ in range(3)]
    assert [job.stage for job in jobs] == [Stage.LOADING, Stage.LOADING, Stage.FAILED]

    scene.server.advance(20.0)
    late = [scene.submit(20.0, order()) for _ in range(10)]
    scene.server.advance(100.0)

    assert {Stage.FINISHED} == {job.stage for job in late}


def test_ended_generations_keep_counts_but_no_texts() -> None:
    """A thousand of them are remembered, however long their prompts were."""
    scene = make_scene()
    finished, cancelled = scene.submit(20.0, order("p" * 4000)), scene.submit(20.0, order())
    scene.server.cancel(20.1, cancelled)
    scene.server.advance(60.0)

    assert [job.order.prompt + job.order.answer for job in scene.server.recent] == ["", "", ""]
    assert (finished.prompt_tokens, finished.generated_tokens) == (1000, 10)
