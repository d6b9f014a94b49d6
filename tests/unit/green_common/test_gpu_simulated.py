# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The client of the simulated driver, against the real simulated driver on a real socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from green_common.gpu.device import Clocks, Gpu
from green_common.gpu.errors import (
    GpuError,
    GpuLostError,
    GpuPermissionError,
    GpuUnsupportedError,
    NoDriverError,
)
from green_common.gpu.simulated import SimulatedDriver
from green_sim.gpu.card import Process
from green_sim.gpu.faults import parse_faults
from green_sim.machine import Machine
from unit.green_sim.driver_thread import driver_thread


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine with two GPUs, a process on the first."""
    with driver_thread(tmp_path / "gpu.sock", gpus=2) as there:
        yield there


@pytest.fixture
def driver(machine: Machine, tmp_path: Path) -> Iterator[SimulatedDriver]:
    """An open driver."""
    with SimulatedDriver(str(tmp_path / "gpu.sock")) as opened:
        yield opened


@pytest.fixture
def gpu(driver: SimulatedDriver) -> Gpu:
    """The first GPU."""
    return driver.open_gpus()[0]


def test_driver_says_that_it_is_simulated(driver: SimulatedDriver) -> None:
    """By its flag and by its version."""
    assert driver.simulated
    assert driver.version.endswith("-simulated")


def test_all_gpus_are_found(driver: SimulatedDriver) -> None:
    """Each with its own index, UUID and name."""
    gpus = driver.open_gpus()

    assert [gpu.index for gpu in gpus] == [0, 1]
    assert len({gpu.uuid for gpu in gpus}) == 2
    assert {gpu.name for gpu in gpus} == {"Simulated H100 80GB HBM3"}


def test_values_are_in_the_units_of_the_seam(gpu: Gpu) -> None:
    """Watts, joules, bytes, degrees, MHz."""
    assert gpu.read_power_w() == pytest.approx(124, rel=0.05)
    assert gpu.read_energy_j() > 500
    assert gpu.read_clocks() == Clocks(1980, 2619)
    assert gpu.read_memory().total_bytes == 81559 * 1024**2
    assert gpu.read_memory().used_bytes > 10**9
    assert 26 <= gpu.read_temperature_c() <= 40
    assert gpu.read_power_limit_w() == 700
    assert gpu.read_utilisation().gpu_percent == 0
    assert gpu.read_clock_event_reasons() == 0
    assert gpu.read_compute_pids() == (4711,)


def test_supported_clocks_ascend(gpu: Gpu) -> None:
    """From 345 to 1980 MHz in steps of 15."""
    assert gpu.read_supported_sm_clocks_mhz() == tuple(range(345, 1981, 15))


def test_lock_is_read_back_and_reset(gpu: Gpu) -> None:
    """A lock holds until its reset."""
    gpu.lock_sm_clocks(345, 345)
    assert gpu.read_clocks().sm_clock_mhz == 345

    gpu.reset_sm_clocks()
    assert gpu.read_clocks().sm_clock_mhz == 1980


def test_memory_clocks_are_locked_and_reset(gpu: Gpu) -> None:
    """Beside the SM clock; the lowest that the card has."""
    gpu.lock_memory_clocks(*2 * gpu.read_supported_memory_clocks_mhz()[:1])
    locked = gpu.read_clocks().memory_clock_mhz
    gpu.reset_memory_clocks()

    assert locked == 1593
    assert gpu.read_clocks().memory_clock_mhz == 2619
    assert gpu.read_performance_state() == 0


@pytest.mark.parametrize(
    ("fault", "call", "expected"),
    [
        ("no-permission", lambda gpu: gpu.lock_sm_clocks(345, 345), GpuPermissionError),
        ("not-supported:energy", lambda gpu: gpu.read_energy_j(), GpuUnsupportedError),
        ("gpu-lost:0", lambda gpu: gpu.read_power_w(), GpuLostError),
        ("driver-gone", lambda gpu: gpu.read_power_w(), GpuLostError),
    ],
)
def test_faults_become_the_seams_errors(
    machine: Machine, gpu: Gpu, fault: str, call: Callable[[Gpu], object], expected: type[GpuError]
) -> None:
    """A daemon tells them apart by type."""
    machine.faults = parse_faults([fault])

    with pytest.raises(expected, match="simulated"):
        call(gpu)


def test_missing_instant_field_falls_back_to_the_average(machine: Machine, driver: SimulatedDriver) -> None:
    """And says so."""
    machine.faults = parse_faults(["not-supported:power_instant"])

    gpu = driver.open_gpus()[0]

    assert not gpu.power_is_instant
    assert gpu.read_power_w() == pytest.approx(124, rel=0.05)


def test_missing_socket_is_a_missing_driver(tmp_path: Path) -> None:
    """The message names the socket and the command that makes it."""
    with pytest.raises(NoDriverError, match="green-sim"):
        SimulatedDriver(str(tmp_path / "nowhere.sock"))


def test_gone_driver_is_a_missing_driver_at_the_start(machine: Machine, tmp_path: Path) -> None:
    """As with the real library."""
    machine.faults = parse_faults(["driver-gone"])

    with pytest.raises(NoDriverError):
        SimulatedDriver(str(tmp_path / "gpu.sock"))


def test_connection_comes_back_after_a_restart(tmp_path: Path) -> None:
    """While the simulation is down the GPU counts as lost; afterwards the same object works again."""
    path = tmp_path / "gpu.sock"
    with driver_thread(path):
        driver = SimulatedDriver(str(path))
        gpu = driver.open_gpus()[0]
    with pytest.raises(GpuLostError):
        gpu.read_power_w()

    with driver_thread(path):
        assert gpu.read_power_w() == pytest.approx(124, rel=0.05)
        driver.close()


def test_threads_share_one_driver(gpu: Gpu) -> None:
    """Each gets the answer to its own question."""
    wrong: list[object] = []

    def ask(read: Callable[[], object], expected: object) -> None:
        for _ in range(200):
            answer = read()
            if answer != expected:
                wrong.append(answer)

    threads = [
        threading.Thread(target=ask, args=(gpu.read_power_limit_w, 700.0)),
        threading.Thread(target=ask, args=(gpu.read_clocks, Clocks(1980, 2619))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_one_lost_gpu_leaves_the_others(machine: Machine, driver: SimulatedDriver) -> None:
    """It is named, with the reason."""
    machine.faults = parse_faults(["gpu-lost:0"])

    gpus = driver.open_gpus()

    assert [gpu.index for gpu in gpus] == [1]
    assert [absent.index for absent in driver.unopened] == [0]


def test_a_split_card_tells_its_instances(machine: Machine, gpu: Gpu) -> None:
    """A whole one has none."""
    whole = gpu.read_instances()
    machine.faults = parse_faults(["mig"])

    first, second = gpu.read_instances()

    assert whole == ()
    assert (first.compute_pids, second.compute_pids) == ((4711,), ())
    assert first.uuid.startswith("MIG-") and first.uuid != second.uuid
    assert first.memory is not None and first.memory.used_bytes > 10**9


def test_what_processes_did_is_told(machine: Machine, gpu: Gpu) -> None:
    """Nothing where none worked; that is no loss."""
    assert gpu.read_process_work(0) == ()

    machine.set_foreign(machine.cards[0].now_s, 7, Process(10**9, 200.0))
    machine.advance(machine.cards[0].now_s + 1.0)

    (work,) = gpu.read_process_work(0)
    assert (work.pid, work.sm_percent) == (7, 100)


def test_instant_power_that_is_refused_later_is_replaced_by_the_average(machine: Machine, gpu: Gpu) -> None:
    """And looked for again."""
    machine.faults = parse_faults(["not-supported:power_instant"])
    gpu.read_power_w()
    refused = gpu.power_is_instant
    machine.faults = parse_faults([])
    gpu.recheck_power()

    assert (refused, gpu.power_is_instant) == (False, True)
