# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The driver's lines: what is answered, what is refused and how faults look."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from green_sim.engine.server import Settings
from green_sim.gpu.card import Card, Process
from green_sim.gpu.faults import parse_faults
from green_sim.gpu.protocol import DRIVER_VERSION, READS, answer
from green_sim.machine import Machine

UUID = "GPU-51300000-0000-4000-8000-000000000001"


def machine(*faults: str) -> Machine:
    """Two cards, the first with a process on it, ten seconds old."""
    made = Machine((Card(0, 0.0), Card(1, 0.0)), Settings(pid=1))
    made.set_foreign(0.0, 4711, Process(10**9))
    made.advance(10.0)
    made.set_faults(10.0, parse_faults(faults))
    return made


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("driver_version", f"ok {DRIVER_VERSION}"),
        ("gpu_count", "ok 2"),
        (f"index {UUID}", "ok 1"),
        ("uuid 1", f"ok {UUID}"),
        ("name 0", "ok Simulated H100 80GB HBM3"),
        ("clock 0 sm", "ok 1980"),
        ("clock 1 sm", "ok 345"),
        ("clock 0 memory", "ok 2619"),
        ("power_limit 0", "ok 700000"),
        ("memory_clocks 0", "ok 2619 1593"),
        ("processes 0", "ok 4711:1000000000"),
        ("processes 1", "ok"),
        ("persistence 0", "ok 1"),
        ("lock_sm 0 345 345", "ok"),
        ("reset_sm 0", "ok"),
        ("lock_memory 0 1593 1593", "ok"),
        ("reset_memory 0", "ok"),
    ],
)
def test_calls_are_answered(line: str, reply: str) -> None:
    """Each call has its one reply."""
    assert reply == answer(machine(), 10.0, line)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "bad_request"),
        ("format_disk 0", "bad_request"),
        ("name", "invalid_argument"),
        ("name x", "invalid_argument"),
        ("name -1", "invalid_argument"),
        ("name 2", "not_found"),
        ("index GPU-0", "not_found"),
        ("clock 0 tensor", "invalid_argument"),
        ("sm_clocks 0 1000", "not_found"),
        ("lock_sm 0 345", "invalid_argument"),
        ("lock_sm 0 1980 345", "invalid_argument"),
        ("process_utilisation 1", "not_found"),
    ],
)
def test_wrong_calls_are_refused_by_name(line: str, code: str) -> None:
    """A refusal starts with its code."""
    assert answer(machine(), 10.0, line).startswith(f"error {code} ")


@given(st.text(max_size=100))
def test_no_line_breaks_the_driver(line: str) -> None:
    """Whatever is sent, there is exactly one line of reply."""
    reply = answer(machine(), 10.0, line)

    assert reply.startswith(("ok", "error "))
    assert "\n" not in reply


def test_supported_sm_clocks_are_listed_from_the_top() -> None:
    """As the driver lists them."""
    clocks = answer(machine(), 10.0, "sm_clocks 0 2619").split()[1:]

    assert (clocks[0], clocks[-1], len(clocks)) == ("1980", "345", 110)


def test_lock_changes_the_clock_that_is_read_back() -> None:
    """A lock is seen at once."""
    there = machine()

    answer(there, 10.0, "lock_sm 0 345 345")

    assert answer(there, 10.0, "clock 0 sm") == "ok 345"


def test_missing_permission_refuses_clocks_only() -> None:
    """Reading needs no rights."""
    there = machine("no-permission")

    assert answer(there, 10.0, "lock_sm 0 345 345").startswith("error no_permission ")
    assert answer(there, 10.0, "reset_sm 0").startswith("error no_permission ")
    assert answer(there, 10.0, "clock 0 sm") == "ok 1980"


@pytest.mark.parametrize("call", sorted(READS))
def test_each_value_can_be_unsupported(call: str) -> None:
    """A card may lack any sensor, and only that one."""
    there = machine(f"not-supported:{call}")

    assert answer(there, 10.0, f"{call} 0 2619").startswith("error not_supported ")
    assert answer(there, 10.0, "driver_version").startswith("ok ")


def test_one_gpu_can_be_lost() -> None:
    """The others go on."""
    there = machine("gpu-lost:0")

    assert answer(there, 10.0, "name 0").startswith("error gpu_lost ")
    assert answer(there, 10.0, "name 1").startswith("ok ")


def test_all_gpus_can_be_lost() -> None:
    """Without an index every GPU is meant."""
    there = machine("gpu-lost")

    assert answer(there, 10.0, "name 1").startswith("error gpu_lost ")


def test_gone_driver_answers_nothing_else() -> None:
    """Not even its version."""
    assert answer(machine("driver-gone"), 10.0, "driver_version").startswith("error driver_gone ")


def test_stuck_clocks_accept_and_ignore() -> None:
    """The call succeeds, the read-back tells the truth."""
    there = machine("clocks-stuck")

    assert answer(there, 10.0, "lock_sm 0 345 345") == "ok"
    assert answer(there, 10.0, "clock 0 sm") == "ok 1980"


def test_frozen_sensor_keeps_its_counter() -> None:
    """The counter stands still until it is mended."""
    there = machine("frozen-sensor")

    frozen = answer(there, 20.0, "energy 0")
    assert frozen == answer(there, 30.0, "energy 0")

    there.set_faults(30.0, parse_faults([]))
    assert frozen != answer(there, 31.0, "energy 0")


@pytest.mark.parametrize(
    ("fault", "call", "reply"),
    [
        ("absurd-power", "power_instant 0", "ok 4294967295"),
        ("absurd-power", "power_average 0", "ok 4294967295"),
        ("saturated-counter", "energy 0", "ok 18446744073709551615"),
    ],
)
def test_sensors_say_nonsense_where_told_to(fault: str, call: str, reply: str) -> None:
    """What a broken driver has been seen to say."""
    assert answer(machine(fault), 10.0, call) == reply


def test_a_jumped_counter_counts_on_from_another_sum() -> None:
    """Ten megajoules further."""
    there = machine()
    before_mj = int(answer(there, 10.0, "energy 0").split()[1])

    there.set_faults(10.0, parse_faults(["jumped-counter"]))

    assert answer(there, 10.0, "energy 0") == f"ok {before_mj + 10**10}"


def test_a_frozen_counter_leaves_power_alone() -> None:
    """Only the sum stands still."""
    there = machine("frozen-counter")
    before = [answer(there, 10.0, call) for call in ("energy 0", "power_instant 0")]

    after = [answer(there, 12.0, call) for call in ("energy 0", "power_instant 0")]

    assert before[0] == after[0]
    assert before[1] != after[1]


def test_a_split_card_has_instances_and_no_utilisation() -> None:
    """As the driver has it."""
    there = machine("mig")

    first, second = answer(there, 10.0, "instances 0").split()[1:]

    assert first.endswith(":4711") and second.endswith(":")
    assert answer(there, 10.0, "utilisation 0").startswith("error not_supported ")
    assert answer(there, 10.0, "process_utilisation 0").startswith("error not_supported ")


def test_work_is_divided_among_those_who_did_it() -> None:
    """A process that only holds a context did none."""
    there = machine()
    there.set_foreign(10.0, 7, Process(10**9, 200.0))
    there.set_foreign(10.0, 8, Process(10**9, 100.0))
    there.advance(12.0)

    said = answer(there, 12.0, "process_utilisation 0").split()[1:]

    assert [(one.split(":")[0], one.split(":")[2]) for one in said] == [("7", "67"), ("8", "33")]
