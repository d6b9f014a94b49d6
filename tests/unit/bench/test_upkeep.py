# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a daemon takes for itself."""

from __future__ import annotations

import os

import pytest
from footprint import largest_mappings
from upkeep import Stretch, Usage, added_w, power_w, read_usage
from witness import Reading, Witness


def witness(*powers_w: float) -> Witness:
    """Ten seconds at each of these, two readings a second."""
    readings, energy_j = [], 0.0
    for index in range(20 * len(powers_w)):
        readings.append(Reading(index / 2, index / 2, energy_j))
        energy_j += powers_w[index // 20] / 2
    return Witness(readings)


def usage(at_s: float, cpu_s: float) -> Usage:
    return Usage(at_s, cpu_s, rss_mib=20, peak_rss_mib=20, threads=1, begun=0)


def turns(count: int) -> list[Stretch]:
    """Ten seconds each, without and with in turn."""
    return [turn(number) for number in range(count)]


def turn(number: int) -> Stretch:
    start_s, end_s = 10.0 * number, 10.0 * number + 9
    if number % 2 == 0:
        return Stretch("rest", start_s, end_s)
    return Stretch("rest", start_s, end_s, usage(start_s, 0), usage(end_s, 0))


def test_power_is_the_counters_slope() -> None:
    """120 W for ten seconds."""
    assert power_w(witness(120.0), 0.0, 9.0) == pytest.approx(120.0)


def test_a_card_that_cools_evenly_shows_nothing() -> None:
    """Each stretch is held against both of its neighbours."""
    watts, spread_w = added_w(turns(5), witness(130, 128, 126, 124, 122))

    assert [watts, spread_w] == pytest.approx([0.0, 0.0])


def test_what_a_daemon_adds_is_found() -> None:
    """Three watts whenever it runs, on a card that cools."""
    watts, _ = added_w(turns(5), witness(130, 131, 126, 127, 122))

    assert watts == pytest.approx(3.0)


def test_the_cpu_share_is_of_the_daemons_own_time() -> None:
    """Between the two readings of its process, not between the edges of the stretch."""
    stretch = Stretch("rest", 0.0, 30.0, usage(5.0, 1.0), usage(25.0, 1.1))

    assert stretch.cpu_share == pytest.approx(0.005)


def test_without_the_daemon_there_is_no_cpu_share() -> None:
    """Nothing ran."""
    assert Stretch("rest", 0.0, 30.0).cpu_share is None


def test_a_running_process_can_be_read() -> None:
    """This one has memory, a thread and a past."""
    usage = read_usage(os.getpid())

    assert min(usage.cpu_s, usage.rss_mib, usage.threads, usage.begun) > 0


def test_resident_memory_is_summed_up_by_file() -> None:
    """Two mappings of one file and one without a name."""
    smaps = (
        "7f00-7f10 r-xp 00000000 08:01 12 /lib/libx.so\nSize: 64 kB\nRss: 40 kB\n"
        "7f10-7f20 rw-p 00010000 08:01 12 /lib/libx.so\nSize: 64 kB\nRss: 8 kB\n"
        "7f20-7f30 rw-p 00000000 00:00 0\nSize: 64 kB\nRss: 12 kB\n"
    )

    assert largest_mappings(smaps) == [("/lib/libx.so", 48), ("without a name", 12)]
