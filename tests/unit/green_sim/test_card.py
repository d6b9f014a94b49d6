# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The card integrates its true power, publishes it in steps and obeys clock locks."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from green_sim.gpu.card import AMBIENT_C, Card, ClockRange, Process
from green_sim.gpu.curves import H100, Phase, Work
from green_sim.gpu.noise import wobble

WITHIN = H100.noise * 1.03
DECODE = Work(Phase.DECODE, 1)
RESIDENT = Process(memory_bytes=20 * 10**9)


def resident_card(*, perf_boost: bool = True) -> Card:
    """A card with a model on it, ten seconds old."""
    card = Card(0, 0.0, perf_boost=perf_boost)
    card.set_process(0.0, 4711, RESIDENT)
    card.advance(10.0)
    return card


def test_bare_card_rests_at_the_lowest_clock() -> None:
    """Without a context the card draws 72 W at 345 MHz."""
    card = Card(0, 0.0)

    assert card.clock.sm_mhz == 345
    assert card.power_w == pytest.approx(72.4, rel=WITHIN)


def test_context_keeps_the_clock_high() -> None:
    """A resident, idle model costs the full clock."""
    card = resident_card()

    assert card.clock.sm_mhz == 1980
    assert card.power_w == pytest.approx(124, rel=WITHIN)


def test_disabled_boost_lets_an_idle_context_rest() -> None:
    """CUDA_DISABLE_PERF_BOOST takes the context's cost back, and costs nothing under load."""
    card = resident_card(perf_boost=False)

    assert card.power_w == pytest.approx(72.4, rel=WITHIN)
    card.set_work(10.0, DECODE)
    assert card.clock.sm_mhz == 1980


def test_energy_is_the_integral_of_power() -> None:
    """Ten seconds of decoding alone cost about ten times its power."""
    card = resident_card()
    before_j = card.energy_j
    card.set_work(10.0, DECODE)

    card.advance(20.0)

    assert card.energy_j - before_j == pytest.approx(5710, rel=0.01)


@given(st.lists(st.floats(0.0, 3.0), max_size=60))
def test_energy_does_not_depend_on_who_looks(gaps_s: list[float]) -> None:
    """However often the card is read, the counter comes out the same."""
    watched, unwatched = Card(0, 0.0, seed=3), Card(0, 0.0, seed=3)
    now_s = 0.0

    for gap_s in gaps_s:
        now_s += gap_s
        watched.advance(now_s)
        if unwatched.now_s < now_s - 30:
            unwatched.advance(now_s)
    unwatched.advance(now_s)

    assert unwatched.energy_j == pytest.approx(watched.energy_j, abs=1e-6)


def test_published_values_step_every_tenth_of_a_second() -> None:
    """Between two edges a reader sees the same counter."""
    card = resident_card()
    seen = []
    for centisecond in range(100):
        card.advance(10.005 + centisecond / 100)
        seen.append(card.sensors.published.energy_j)

    assert 10 <= len(set(seen)) <= 11


def test_published_counter_equals_the_truth_at_the_edge() -> None:
    """The counter never invents energy: it is the truth of at most 100 ms ago."""
    card = resident_card()
    card.set_work(10.0, DECODE)
    card.advance(12.05)

    behind_j = card.energy_j - card.sensors.published.energy_j

    assert 0 <= behind_j <= 0.1 * 600


def test_average_lags_behind_the_instant_field() -> None:
    """Half a second after a burst the average still remembers it, the instant field doesn't."""
    card = resident_card()
    card.set_work(10.0, DECODE)
    card.set_work(15.0, Work())

    card.advance(15.5)

    published = card.sensors.published
    assert published.power_instant_w == pytest.approx(124, rel=0.03)
    assert published.power_average_w > 300


def test_average_has_caught_up_after_a_second() -> None:
    """The average looks back one second and no further."""
    card = resident_card()
    card.set_work(10.0, DECODE)
    card.set_work(15.0, Work())

    card.advance(16.15)

    assert card.sensors.published.power_average_w == pytest.approx(124, rel=0.03)


def test_utilisation_is_the_share_of_the_last_period() -> None:
    """A GPU that worked for half of the last half second shows about 50 %."""
    card = resident_card()
    card.set_work(10.0, DECODE)
    card.set_work(10.25, Work())

    card.advance(10.5)

    assert card.sensors.published.gpu_percent == pytest.approx(50, abs=5)


def test_frozen_sensors_stand_still() -> None:
    """A frozen sensor keeps its last values while the truth goes on."""
    card = resident_card()
    card.sensors.frozen = True
    before = card.sensors.published

    card.set_work(10.0, DECODE)
    card.advance(12.0)

    assert before == card.sensors.published


def test_lock_holds_the_clock_and_reset_gives_it_back() -> None:
    """A lock takes the idle context down to 72 W; a reset undoes it."""
    card = resident_card()

    card.lock_sm(10.0, ClockRange(345, 345))
    assert card.clock.sm_mhz == 345
    assert card.power_w == pytest.approx(72.4, rel=WITHIN)

    card.reset_sm(11.0)
    assert card.clock.sm_mhz == 1980
    assert [change.action for change in card.history] == ["lock_sm", "reset_sm"]


def test_lock_outlives_load() -> None:
    """A lock that nobody released holds the clock under work as well."""
    card = resident_card()
    card.lock_sm(10.0, ClockRange(345, 345))

    card.set_work(11.0, DECODE)

    assert card.clock.sm_mhz == 345


def test_lock_can_raise_a_resting_card() -> None:
    """A lock above the idle clock costs power on a card that would have rested."""
    card = Card(0, 0.0)

    card.lock_sm(0.0, ClockRange(1980, 1980))

    assert card.power_w > 120


def test_lock_between_steps_takes_the_step_below() -> None:
    """Clocks come in steps of 15 MHz."""
    card = resident_card()

    card.lock_sm(10.0, ClockRange(345, 1000))

    assert card.clock.sm_mhz == 990


def test_memory_lock_takes_a_supported_clock() -> None:
    """The memory has two clocks."""
    card = resident_card()

    card.lock_memory(10.0, ClockRange(1593, 1593))

    assert card.clock.memory_mhz == 1593


def test_memory_follows_what_is_loaded() -> None:
    """Used memory is what processes hold and what the driver keeps."""
    bare, loaded = Card(0, 0.0), resident_card()

    assert loaded.memory_used_bytes - bare.memory_used_bytes == 20 * 10**9


def test_temperature_follows_power_slowly() -> None:
    """A minute of load warms the card; the first second hardly does."""
    card = resident_card()
    idle_c = card.temperature_c
    card.set_work(10.0, DECODE)

    card.advance(11.0)
    assert card.temperature_c - idle_c < 2
    card.advance(300.0)
    assert card.temperature_c == pytest.approx(AMBIENT_C + 0.075 * 571, rel=0.03)


def test_long_gap_is_crossed_at_the_same_power() -> None:
    """A day that nobody watched costs a day's energy."""
    card = resident_card()
    before_j = card.energy_j

    card.advance(10 + 86400.0)

    assert card.energy_j - before_j == pytest.approx(86400 * 124, rel=0.002)


def test_foreign_process_adds_its_power() -> None:
    """Somebody else's work shows in power and utilisation."""
    card = resident_card()
    card.set_process(10.0, 99, Process(10**9, power_w=150.0))

    card.advance(11.0)

    assert card.sensors.published.power_instant_w == pytest.approx(274, rel=0.03)
    assert card.sensors.published.gpu_percent == 100


@given(st.integers(0, 2**31), st.integers(0, 10**9))
def test_wobble_is_small(seed: int, tick: int) -> None:
    """The wobble never goes beyond its amplitude."""
    assert abs(wobble(seed, tick, H100.noise) - 1) <= WITHIN


def test_seed_decides_the_wobble() -> None:
    """Two cards with one seed draw the same energy, with another seed not."""
    energies_j = []
    for seed in (1, 1, 2):
        card = Card(0, 0.0, seed=seed)
        card.advance(10.0)
        energies_j.append(card.energy_j)

    assert energies_j[0] == energies_j[1] != energies_j[2]
