# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The NVIDIA driver through unmodified pynvml, over the simulated driver's own C library."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pynvml
import pytest

from green_common.gpu import (
    Clocks,
    Gpu,
    GpuError,
    GpuLostError,
    GpuPermissionError,
    GpuUnsupportedError,
    NoDriverError,
)
from green_common.gpu.nvml import NvmlDriver
from green_sim.gpu.card import Process
from green_sim.gpu.faults import parse_faults
from green_sim.machine import Machine
from unit.green_sim.driver_thread import driver_thread

SOURCES = Path(__file__).parents[3] / "sim" / "nvml"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Once loaded, the loader hands it out under its name, so pynvml gets it too."""
    if not shutil.which("make") or not shutil.which("cc"):
        pytest.skip("no C compiler to build the simulated library with")
    out = tmp_path_factory.mktemp("nvml")
    subprocess.run(["make", "-s", "-C", str(SOURCES), f"OUT={out}"], check=True)
    return ctypes.CDLL(str(out / "libnvidia-ml.so.1"))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: ctypes.CDLL) -> Iterator[Machine]:
    monkeypatch.setenv("GREEN_SIM_GPU_SOCKET", str(tmp_path / "gpu.sock"))
    with driver_thread(tmp_path / "gpu.sock", gpus=2) as there:
        yield there


@pytest.fixture
def driver(machine: Machine) -> Iterator[NvmlDriver]:
    opened = NvmlDriver()
    yield opened
    opened.close()


@pytest.fixture
def gpu(driver: NvmlDriver) -> Gpu:
    return driver.open_gpus()[0]


def fail(machine: Machine, *faults: str) -> None:
    machine.set_faults(machine.cards[0].now_s, parse_faults(faults))


def test_the_driver_names_its_version(driver: NvmlDriver) -> None:
    """The simulated library says that it is one."""
    assert driver.version.endswith("-simulated")
    assert driver.simulated


def test_a_driver_that_is_closed_twice_leaves_another_open(machine: Machine) -> None:
    """NVML only counts how often it was opened."""
    first, second = NvmlDriver(), NvmlDriver()
    first.close()
    first.close()

    assert len(second.open_gpus()) == 2
    second.close()


def test_an_older_driver_tells_the_temperature_too(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lacks the call that newer ones want."""

    def missing(*_: Any) -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_FUNCTION_NOT_FOUND)

    expected_c = gpu.read_temperature_c()
    monkeypatch.setattr(pynvml, "nvmlDeviceGetTemperatureV", missing)

    assert gpu.read_temperature_c() == expected_c > 0


def test_every_gpu_has_its_uuid(driver: NvmlDriver) -> None:
    """And its index and name."""
    gpus = driver.open_gpus()

    assert [gpu.index for gpu in gpus] == [0, 1]
    assert len({gpu.uuid for gpu in gpus}) == 2
    assert "H100" in gpus[0].name


def test_every_reading_in_its_unit(gpu: Gpu) -> None:
    """Watts, joules, percent, MHz, bytes, degrees."""
    assert gpu.power_is_instant
    assert 100 < gpu.read_power_w() < 150
    assert 100 < gpu.read_energy_j() < 5000
    assert gpu.read_utilisation().gpu_percent == 0
    assert gpu.read_clocks() == Clocks(1980, 2619)
    assert 10**9 < gpu.read_memory().used_bytes < gpu.read_memory().total_bytes
    assert 20 < gpu.read_temperature_c() < 60
    assert gpu.read_power_limit_w() == 700
    assert gpu.read_clock_event_reasons() == 0
    assert gpu.read_supported_sm_clocks_mhz()[0] == 345
    assert gpu.read_supported_sm_clocks_mhz() == tuple(sorted(gpu.read_supported_sm_clocks_mhz()))
    assert gpu.read_compute_pids() == (4711,)


def test_clocks_are_locked_and_reset(gpu: Gpu, machine: Machine) -> None:
    """On that card alone."""
    gpu.lock_sm_clocks(345, 345)
    locked = gpu.read_clocks().sm_clock_mhz
    gpu.reset_sm_clocks()

    assert locked == 345
    assert gpu.read_clocks().sm_clock_mhz == 1980


def test_memory_clocks_are_locked_and_reset(gpu: Gpu, machine: Machine) -> None:
    """Beside the SM clock; the lowest that the card has."""
    gpu.lock_memory_clocks(*2 * gpu.read_supported_memory_clocks_mhz()[:1])
    locked = gpu.read_clocks().memory_clock_mhz
    gpu.reset_memory_clocks()

    assert locked == 1593
    assert gpu.read_clocks().memory_clock_mhz == 2619
    assert gpu.read_performance_state() == 0
    assert len(machine.cards[1].history) == 0


def test_a_card_without_instant_power_has_the_average(driver: NvmlDriver, machine: Machine) -> None:
    """And says so."""
    fail(machine, "not-supported:power_instant")

    gpu = driver.open_gpus()[0]

    assert not gpu.power_is_instant
    assert 100 < gpu.read_power_w() < 150


@pytest.mark.parametrize(
    ("fault", "kind", "advice"),
    [
        ("no-permission", GpuPermissionError, "CAP_SYS_ADMIN"),
        ("not-supported:lock_sm", GpuUnsupportedError, "GPU 0"),
        ("gpu-lost:0", GpuLostError, "Xid"),
    ],
)
def test_a_refused_lock_says_why(
    gpu: Gpu, machine: Machine, fault: str, kind: type[GpuError], advice: str
) -> None:
    """The card, the call, and what to do."""
    fail(machine, fault)

    with pytest.raises(kind, match=advice) as caught:
        gpu.lock_sm_clocks(345, 345)
    assert gpu.uuid in str(caught.value)
    assert "nvmlDeviceSetGpuLockedClocks" in str(caught.value)


def test_a_driver_that_goes_away_loses_its_gpus(gpu: Gpu, machine: Machine) -> None:
    """The process has to open it again."""
    fail(machine, "driver-gone")

    with pytest.raises(GpuError) as caught:
        gpu.read_power_w()
    assert isinstance(caught.value, GpuLostError | NoDriverError)


def test_no_driver_is_a_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, library: ctypes.CDLL
) -> None:
    """With what to do."""
    monkeypatch.setenv("GREEN_SIM_GPU_SOCKET", str(tmp_path / "nobody.sock"))

    with pytest.raises(NoDriverError, match="install or load the NVIDIA driver"):
        NvmlDriver()


def test_a_driver_without_a_gpu_is_no_driver(driver: NvmlDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to do for us."""
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: 0)

    with pytest.raises(NoDriverError, match="sees no GPU"):
        driver.open_gpus()


def test_a_code_that_we_do_not_know_is_a_gpu_error(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NVML's own words."""

    def refuse(_handle: object) -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_TIMEOUT)

    monkeypatch.setattr(pynvml, "nvmlDeviceGetUtilizationRates", refuse)

    with pytest.raises(GpuError, match="Timeout"):
        gpu.read_utilisation()


def test_closing_twice_is_no_error(machine: Machine) -> None:
    """A daemon closes on every way out."""
    driver = NvmlDriver()

    driver.close()
    driver.close()


def test_one_lost_gpu_leaves_the_others(machine: Machine, driver: NvmlDriver) -> None:
    """It is named, with the reason."""
    fail(machine, "gpu-lost:0")

    gpus = driver.open_gpus()

    assert [gpu.index for gpu in gpus] == [1]
    assert [(absent.index, "Xid" in str(absent.error)) for absent in driver.unopened] == [(0, True)]


def test_a_split_card_tells_its_instances(machine: Machine, gpu: Gpu) -> None:
    """With their memory and processes; a whole one has none."""
    whole = gpu.read_instances()
    fail(machine, "mig")

    first, second = gpu.read_instances()

    assert whole == ()
    assert (first.compute_pids, second.compute_pids) == ((4711,), ())
    assert first.uuid.startswith("MIG-") and first.uuid != second.uuid
    assert first.name.endswith("MIG 3g.40gb")
    assert first.memory is not None and first.memory.used_bytes > 10**9


def test_what_processes_did_is_told(machine: Machine, gpu: Gpu) -> None:
    """Nothing where none worked; NVML's NOT_FOUND is no loss here."""
    assert gpu.read_process_work(0) == ()

    machine.set_foreign(machine.cards[0].now_s, 7, Process(10**9, 200.0))
    machine.advance(machine.cards[0].now_s + 1.0)

    (work,) = gpu.read_process_work(0)
    assert (work.pid, work.sm_percent) == (7, 100)


def test_what_processes_did_is_not_told_of_a_lost_gpu(machine: Machine, gpu: Gpu) -> None:
    """That is an error as with any call."""
    fail(machine, "gpu-lost")

    with pytest.raises(GpuLostError):
        gpu.read_process_work(0)


def test_instant_power_that_is_refused_later_is_replaced_by_the_average(machine: Machine, gpu: Gpu) -> None:
    """And looked for again."""
    fail(machine, "not-supported:power_instant")
    gpu.read_power_w()
    refused = gpu.power_is_instant
    fail(machine)
    gpu.recheck_power()

    assert (refused, gpu.power_is_instant) == (False, True)


@pytest.mark.parametrize(
    ("architecture", "name", "instant"),
    [
        (pynvml.NVML_DEVICE_ARCH_TURING, "Tesla T4", True),
        (pynvml.NVML_DEVICE_ARCH_AMPERE, "NVIDIA A100-SXM4-80GB", True),
        (pynvml.NVML_DEVICE_ARCH_AMPERE, "NVIDIA GeForce RTX 3090", False),
        (pynvml.NVML_DEVICE_ARCH_HOPPER, "NVIDIA H100 80GB HBM3", False),
    ],
)
def test_the_plain_power_is_a_mean_on_newer_cards(
    machine: Machine, gpu: Any, monkeypatch: pytest.MonkeyPatch, architecture: int, name: str, instant: bool
) -> None:
    """From Ampere on, but for its largest chip."""
    fail(machine, "not-supported:power_instant")
    monkeypatch.setattr(pynvml, "nvmlDeviceGetArchitecture", lambda _: architecture)
    gpu.name = name

    gpu.recheck_power()

    assert gpu.power_is_instant is instant


def test_an_older_driver_tells_the_reasons_too(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under their old name."""

    def missing(_: Any) -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_FUNCTION_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlDeviceGetCurrentClocksEventReasons", missing)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCurrentClocksThrottleReasons", lambda _: 4)

    assert gpu.read_clock_event_reasons() == 4
