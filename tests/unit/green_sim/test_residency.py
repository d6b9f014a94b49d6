# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The model is loaded, reloaded, kept and unloaded as the real server does it."""

from __future__ import annotations

import pytest

from green_sim.engine.job import Order, Runner, Stage
from green_sim.engine.server import HEALTH_CHECK_S
from unit.green_sim.scene import QWEN, make_scene, order


def test_first_request_pays_for_the_load() -> None:
    """The load takes its time and energy, and the memory is used from then on."""
    scene = make_scene(warm=False)
    bare_bytes = scene.card.memory_used_bytes

    job = scene.submit(1.0, order())
    scene.server.advance(3.9)
    assert Stage.LOADING is job.stage
    scene.server.advance(10.0)

    assert (job.scheduled_s or 0) - job.arrived_s == pytest.approx(3.0 + HEALTH_CHECK_S)
    assert job.cost.load_j == pytest.approx(3 * 165, rel=0.03)
    assert scene.card.memory_used_bytes - bare_bytes > 20 * 10**9


@pytest.mark.parametrize(
    "runner",
    [
        Runner("qwen3:32b", frozenset({("num_ctx", 4096)})),
        Runner("qwen3:32b", shift=False),
        Runner("other:latest"),
    ],
)
def test_other_launch_settings_reload_the_model(runner: Runner) -> None:
    """Another value, an explicit one against an omitted one, another model: a full load."""
    scene = make_scene()

    job = scene.submit(20.0, order(runner=runner))
    scene.server.advance(60.0)

    assert job.cost.load_j > 400
    assert runner == scene.server.residency.runner


def test_reload_waits_for_what_runs() -> None:
    """A reload begins when the present generations are over, and their successors wait for it."""
    scene = make_scene()
    first = scene.submit(20.0, order(answer_tokens=100))

    other = scene.submit(20.1, order(runner=Runner("other:latest")))
    scene.server.advance(60.0)

    assert (first.ended_s or 0) + 3.0 == pytest.approx(other.scheduled_s, abs=0.01)


def test_reload_empties_the_prompt_cache() -> None:
    """A new runner remembers nothing."""
    scene = make_scene()
    scene.submit(20.0, order())
    scene.submit(30.0, order(runner=Runner("other:latest")))

    again = scene.submit(40.0, order(runner=QWEN))
    scene.server.advance(60.0)

    assert again.cached_tokens == 0


def test_model_leaves_after_its_keep_alive() -> None:
    """The keep-alive runs from the end of the last generation."""
    scene = make_scene(keep_alive_s=60.0)
    job = scene.submit(20.0, order())
    scene.server.advance(30.0)
    ended_s = job.ended_s or 0

    scene.server.advance(ended_s + 59.9)
    assert scene.server.residency.runner == QWEN
    scene.server.advance(ended_s + 60.1)
    assert scene.server.residency.runner is None
    assert scene.card.clock.sm_mhz == 345


def test_keep_alive_of_zero_unloads_after_the_answer() -> None:
    """The request is answered first."""
    scene = make_scene()

    job = scene.submit(20.0, order(keep_alive_s=0.0))
    scene.server.advance(30.0)

    assert Stage.FINISHED is job.stage
    assert scene.server.residency.runner is None


def test_negative_keep_alive_keeps_for_ever() -> None:
    """Nothing is due any more."""
    scene = make_scene()

    scene.submit(20.0, order(keep_alive_s=-1.0))
    scene.server.advance(100_000.0)

    assert scene.server.residency.runner == QWEN
    assert scene.server.next_event_s() is None


def test_expire_unloads_at_once_when_idle() -> None:
    """Nothing uses the model, so it leaves now."""
    scene = make_scene()

    scene.server.expire(20.0)

    assert scene.server.residency.runner is None


def test_expire_waits_for_what_runs() -> None:
    """A generation under way is finished before the model leaves."""
    scene = make_scene()
    job = scene.submit(20.0, order(answer_tokens=100))

    scene.server.expire(20.1)
    assert scene.server.residency.runner == QWEN
    scene.server.advance(60.0)

    assert Stage.FINISHED is job.stage
    assert scene.server.residency.runner is None


def test_empty_prompt_only_loads() -> None:
    """A preload ends with the load and generates nothing."""
    scene = make_scene(warm=False)

    job = scene.submit(0.0, Order("/api/chat", QWEN))
    scene.server.advance(10.0)

    assert (job.done_reason, job.generated_tokens, job.cost.prefill_j) == ("load", 0, 0.0)


def test_leaving_during_the_load_aborts_it() -> None:
    """The memory is free again, and the energy spent is on the one who left."""
    scene = make_scene(warm=False)
    bare_bytes = scene.card.memory_used_bytes
    job = scene.submit(0.0, order())

    scene.server.cancel(1.0, job)

    assert bare_bytes == scene.card.memory_used_bytes
    assert job.cost.load_j == pytest.approx(165, rel=0.03)
    assert scene.server.next_event_s() is None


def test_next_in_line_loads_anew_after_an_aborted_load() -> None:
    """Who waited for an aborted load starts from the beginning."""
    scene = make_scene(warm=False)
    first = scene.submit(0.0, order())
    second = scene.submit(0.5, order())

    scene.server.cancel(1.0, first)
    scene.server.advance(60.0)

    assert second.scheduled_s == pytest.approx(1.0 + 3.0 + HEALTH_CHECK_S)
    assert Stage.FINISHED is second.stage


def test_cancelling_another_keeps_the_load_at_work() -> None:
    """The GPU goes on loading when somebody else leaves."""
    scene = make_scene(warm=False)
    scene.submit(0.0, order())
    second = scene.submit(0.5, order())

    scene.server.cancel(1.0, second)

    assert scene.card.work.phase.value == "load"
