# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The figures of a window, from what was written down."""

from __future__ import annotations

import math
from array import array

import pytest

from green_qwen.load.counter import CounterReading, energy_between
from green_qwen.load.figures import Window, drawn_in, figures_of
from green_qwen.load.gpu_log import GpuLog, State
from green_qwen.load.quantile import Quantile
from green_qwen.load.record import Answer, Failure, Open, Record

WINDOW = Window(10.0, 20.0)
HARDWARE_SLOWDOWN, GPU_IDLE = 0x8, 0x1


def log_of(power_w: float = 100.0, *, until_s: int = 30, states: list[State] | None = None) -> GpuLog:
    """A GPU that draws the same all the time and is read each second."""
    readings = [CounterReading(t - 0.002, t + 0.002, power_w * t) for t in range(until_s + 1)]
    return GpuLog("GPU-1", "H100", readings=readings, states=states or [])


def state(at_s: float, temperature_c: int | None = 50, reasons: int | None = 0) -> State:
    return State(at_s, 100.0, temperature_c, reasons, 1000, ())


def answer(start_s: float, end_s: float, tokens: int, *times_s: float, client: int = 0) -> Answer:
    return Answer(client, start_s, end_s, 50, tokens, array("d", times_s))


def test_energy_is_interpolated_at_the_edges() -> None:
    """Half a second into a reading is half of its joules, and the counter's step is its doubt."""
    energy = energy_between(log_of().readings, 10.5, 19.25)

    assert energy.energy_j == pytest.approx(875.0)
    assert energy.uncertainty_j == pytest.approx(2 * 100 * 0.102)


def test_nothing_is_extrapolated() -> None:
    """A window that was not read is no figure."""
    with pytest.raises(ValueError, match="not read around"):
        energy_between(log_of(until_s=15).readings, 10.0, 20.0)


def test_tokens_count_where_they_came() -> None:
    """Of four pieces two came within the window, and the server counted eight tokens."""
    record = Record(answers=[answer(8.0, 22.0, 8, 9.0, 11.0, 19.0, 21.0)])

    assert figures_of(record, WINDOW, [log_of()]).tokens == 4.0


def test_tokens_of_open_requests_are_counted_as_others_are() -> None:
    """What has no count yet has as many tokens a piece as the answers had."""
    record = Record(
        answers=[answer(1.0, 5.0, 4, 2.0, 3.0)], open={1: Open(9.0, array("d", [12.0, 13.0, 25.0]))}
    )

    assert figures_of(record, WINDOW, [log_of()]).tokens == 4.0


def test_an_answer_in_one_piece_counts_at_its_end() -> None:
    """No stream, no times; its tokens are there all the same."""
    record = Record(answers=[answer(9.0, 12.0, 7), answer(12.0, 21.0, 9)])

    assert figures_of(record, WINDOW, [log_of()]).tokens == 7.0


def test_yield_and_cost_follow_from_counter_and_tokens() -> None:
    """A kilojoule for a hundred tokens in two answers."""
    times_s = [11 + n / 10 for n in range(50)]
    record = Record(answers=[answer(10.5, 16.5, 50, *times_s), answer(10.5, 17.0, 50, *times_s)])

    figures = figures_of(record, WINDOW, [log_of()])

    assert figures.tokens_per_joule == pytest.approx(0.1)
    assert figures.tokens_per_s == pytest.approx(10.0)
    assert figures.joules_per_answer == pytest.approx(500.0)
    assert figures.drawn.mean_power_w == pytest.approx(100.0)
    assert figures.gap_p50_s == pytest.approx(0.1)


def test_latency_knows_of_those_who_wait() -> None:
    """One answered in two seconds; nine have waited for nineteen."""
    record = Record(answers=[answer(10.0, 12.0, 5, 11.0)], open={n: Open(1.0) for n in range(9)})

    figures = figures_of(record, WINDOW, [log_of()])

    assert figures.latency_p95 == Quantile(19.0, at_least=True)
    assert figures.first_token_p95 == Quantile(19.0, at_least=True)
    assert figures.longest_s == 19.0


def test_first_tokens_of_open_requests_count() -> None:
    """They have come, whenever the answer ends."""
    record = Record(open={0: Open(11.0, array("d", [14.0, 15.0]))})

    assert figures_of(record, WINDOW, [log_of()]).first_token_p50 == Quantile(3.0)


def test_what_came_after_the_window_is_not_in_it() -> None:
    """Not the answer, not its latency, not a failure."""
    record = Record(
        answers=[answer(21.0, 25.0, 5, 22.0)],
        failures=[Failure("connect", 9.0, ""), Failure("broken", 15.0, "")],
    )

    figures = figures_of(record, WINDOW, [log_of()])

    assert (figures.answered, figures.tokens, dict(figures.failures)) == (0, 0.0, {"broken": 1})
    assert math.isnan(figures.latency_p95.value_s)


def test_clients_without_an_answer_before_it_are_told() -> None:
    """Then the window is not steady yet."""
    record = Record(answers=[answer(1.0, 5.0, 5, 2.0, client=0), answer(1.0, 12.0, 5, 2.0, client=1)])

    assert figures_of(record, WINDOW, [log_of()], clients=3).waiting_clients == 2


def test_several_gpus_add_up() -> None:
    """Their joules and the doubt about them."""
    both = drawn_in(WINDOW, [log_of(100.0), log_of(50.0)])

    assert both.energy.energy_j == pytest.approx(1500.0)
    assert both.energy.uncertainty_j == pytest.approx(2 * 150 * 0.102)


def test_an_alert_is_counted_once_until_it_has_cooled_down() -> None:
    """One that wavers on the limit is one alert; outside of the window is none."""
    degrees = (84, 85, 84, 86, 80, 85, None)
    states = [state(5.0, 90), *(state(11.0 + n, c) for n, c in enumerate(degrees))]

    drawn = drawn_in(WINDOW, [log_of(states=states)])

    assert drawn.temperature_alerts == 2
    assert drawn.highest_c == 86


def test_throttling_counts_its_beginnings_by_reason() -> None:
    """Idling is no throttling."""
    masks = (GPU_IDLE, HARDWARE_SLOWDOWN, HARDWARE_SLOWDOWN, 0, HARDWARE_SLOWDOWN | GPU_IDLE)
    states = [state(11.0 + n, reasons=mask) for n, mask in enumerate(masks)]

    assert drawn_in(WINDOW, [log_of(states=states)]).throttled == {"hardware_slowdown": 2}
