# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What views get to see."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from green_telemetry.books import Books
from green_telemetry.meter import Meter
from green_telemetry.sampler import Sampler
from green_telemetry.timeline import Generation, Timeline
from green_telemetry.views.snapshot import (
    MAX_FLIGHTS,
    decode_speed,
    flights_of,
    gpu_view,
    phase_of,
    receipt_fields,
    snapshot_fields,
    speed_of,
)
from green_telemetry.watch import MinutePower
from unit.green_telemetry.views.scene import RECEIPT, snapshot


def test_a_snapshot_is_plain_json_without_what_is_not_known() -> None:
    """The GPU of this one tells nothing of its memory, and no joules of its generation are certain."""
    fields = json.loads(json.dumps(snapshot_fields(snapshot(now_s=10.0), [RECEIPT])))

    assert fields["gpus"][0]["power_w"] == 120.0
    assert "memory_used_bytes" not in fields["gpus"][0]
    assert fields["gpus"][0]["accounts"] == {"baseline_j": 1.234568}
    assert fields["generations"][0]["age_s"] == 2.0
    assert "energy_j" not in fields["generations"][0]
    assert fields["receipts"][0]["request"] == "r1"
    assert fields["simulated"] is True


def test_a_receipt_has_its_line_too() -> None:
    """For people."""
    fields = receipt_fields(RECEIPT)

    assert fields["say"] == RECEIPT.say
    assert "reason" not in fields


def test_a_gpu_shows_its_running_window(gpu: Any) -> None:
    """What is certain of it by now, and since when it runs."""
    meter = Meter(Sampler(gpu, clock=lambda: gpu.now_s), Books(700.0, integrate=False))
    for _ in range(3):
        gpu.pass_time(1.0)
        meter.books.book(meter.sampler.sample(with_counter=True), quiet=True, regular=True)
    meter.books.settle((), gpu.now_s)

    view = gpu_view(meter)

    assert view.present
    assert view.window_began_s == 1.0
    assert view.accounts_j["baseline_j"] > 150
    assert view.counter_j == pytest.approx(300.0)


def test_a_lost_gpu_is_shown_as_such(gpu: Any) -> None:
    """Its last reading is no news."""
    meter = Meter(Sampler(gpu, clock=lambda: gpu.now_s), Books(700.0, integrate=False))
    meter.books.book(meter.sampler.sample(with_counter=True), quiet=True, regular=True)
    meter.lose()

    assert not gpu_view(meter).present


def test_the_power_of_the_last_minute_stands_beside_the_limits(gpu: Any) -> None:
    """The card's own limit, and the one that is worth an alert where there is one."""
    meter = Meter(Sampler(gpu, limit_w=700.0), Books(700.0, integrate=False))

    view = gpu_view(meter, MinutePower(240.0, 300.0, 12.0))

    assert (view.power_limit_w, view.power_alert_w) == (700.0, 240.0)
    assert (view.power_mean_w, view.power_deviation_w) == (300.0, 12.0)
    assert gpu_view(meter).power_alert_w is None


def test_the_speed_of_an_answer_is_that_of_the_last_seconds(
    make_generation: Callable[..., Generation],
) -> None:
    """It began slowly, and decodes 40 tokens a second since."""
    one = make_generation("a", 0.0, 1.0)
    for second in range(1, 10):
        one.progress.mark(1.0 + second, 2 + 40 * (second - 1))

    assert speed_of(one, 10.0) == pytest.approx(40.0)
    assert decode_speed([one, one], 10.0) == pytest.approx(80.0)


def test_an_answer_that_has_stalled_gets_slower(make_generation: Callable[..., Generation]) -> None:
    """Until it stands still for as long as a speed is looked at."""
    one = make_generation("a", 0.0, 1.0)
    one.progress.mark(2.0, 41)

    assert speed_of(one, 2.5) == pytest.approx(40.0)
    assert speed_of(one, 4.0) == pytest.approx(20.0)
    assert speed_of(one, 9.0) == 0.0


def test_no_speed_is_told_before_tokens_were_counted(make_generation: Callable[..., Generation]) -> None:
    """Neither before the first one nor with it alone."""
    assert speed_of(make_generation("a", 0.0), 5.0) is None
    assert speed_of(make_generation("b", 0.0, 1.0), 5.0) is None


def test_generations_in_flight_are_bounded(make_generation: Callable[..., Generation]) -> None:
    """The number of all is told beside them."""
    timeline = Timeline()
    for number in range(MAX_FLIGHTS + 10):
        timeline._running[f"g{number}"] = make_generation(f"g{number}", 1.0)

    flights = flights_of(timeline, lambda _: 2.5, 3.0)

    assert len(flights) == MAX_FLIGHTS
    assert flights[0].energy_j == 2.5


def test_the_phase_is_what_the_feed_told(make_generation: Callable[..., Generation]) -> None:
    """Loading while it loads, decode from the first token on."""
    loading = make_generation("a", 1.0)
    loading.load_started_s = 1.5

    assert phase_of(make_generation("b", 1.0)) == "prefill"
    assert phase_of(loading) == "loading"
    assert phase_of(make_generation("c", 1.0, 2.0)) == "decode"
