# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""All GPUs of the machine."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from structlog.testing import capture_logs

from green_common.config import GpuConfig
from green_common.gpu import GpuLostError, GpuUnsupportedError, Unopened
from green_common.logs import get_log
from green_telemetry.audit import Audit
from green_telemetry.gpus import Gpus


@dataclass
class FakeDriver:
    """A driver with the test's GPUs."""

    gpus: tuple[Any, ...]
    version: str = "1.0"
    simulated: bool = True
    unopened: tuple[Unopened, ...] = ()

    def open_gpus(self) -> tuple[Any, ...]:
        return self.gpus

    def close(self) -> None:
        self.gpus = ()


@pytest.fixture
def said() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def pair(gpu: Any) -> tuple[Any, Any]:
    return gpu, type(gpu)(index=1, uuid="GPU-other")


@pytest.fixture
def driver(pair: tuple[Any, Any]) -> FakeDriver:
    return FakeDriver(pair)


@pytest.fixture
def gpus(driver: FakeDriver, said: list[Any]) -> Gpus:
    return Gpus(GpuConfig(), driver, Audit(get_log(), simulated=True))


def sample(gpus: Gpus) -> list[str]:
    """The labels of those whose books were interrupted."""
    interrupted = gpus.sample(lambda _: False, with_counter=True, regular=True)
    return [meter.label for meter in interrupted]


def test_each_gpu_is_introduced(gpus: Gpus, said: list[Any]) -> None:
    """With what it doesn't tell."""
    gpus.open()

    assert [(entry["event"], entry["gpu"], entry["missing"]) for entry in said] == [
        ("gpu.found", 0, []),
        ("gpu.found", 1, []),
    ]


def test_one_that_tells_nothing_is_left_out(gpus: Gpus, pair: tuple[Any, Any], said: list[Any]) -> None:
    """The other is accounted for."""
    pair[0].errors = {"energy": GpuUnsupportedError("no"), "power": GpuUnsupportedError("no")}

    gpus.open()

    assert [meter.label for meter in gpus.meters] == ["GPU 1"]
    assert said[0]["event"] == "gpu.refused"


def test_none_that_tells_anything_is_an_error(gpus: Gpus, pair: tuple[Any, Any]) -> None:
    """Better no daemon than zeroes."""
    for gpu in pair:
        gpu.errors = {"energy": GpuUnsupportedError("no"), "power": GpuUnsupportedError("no")}

    with pytest.raises(GpuUnsupportedError):
        gpus.open()


def test_a_lost_gpu_is_said_once_while_the_other_goes_on(
    gpus: Gpus, pair: tuple[Any, Any], said: list[Any]
) -> None:
    """It is looked for at once."""
    gpus.open()
    pair[0].errors = {"all": GpuLostError("fell off the bus")}

    interrupted = [sample(gpus), sample(gpus)]

    assert interrupted == [["GPU 0"], []]
    assert gpus.reopen_at_s == 0.0
    assert [entry["event"] for entry in said].count("gpu.lost") == 1


def test_a_counter_that_starts_anew_is_a_gap(gpus: Gpus, pair: tuple[Any, Any], said: list[Any]) -> None:
    """Said with both readings, and never guessed over."""
    for gpu in pair:
        gpu.pass_time(5.0)
    gpus.open()
    pair[1].forget_energy()

    interrupted = sample(gpus)

    (gap,) = [entry for entry in said if entry["event"] == "gpu.gap"]
    assert interrupted == ["GPU 1"]
    assert (gap["counter_before_j"], gap["counter_after_j"]) == (pytest.approx(500.0), 0.0)
    assert "started anew" in gap["say"]


@pytest.mark.parametrize(("lost", "closed_first"), [([0], False), ([0, 1], True)])
def test_the_driver_starts_anew_where_nothing_can_be_read_through_it(
    gpus: Gpus, driver: FakeDriver, lost: list[int], closed_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NVML does so only once nobody has it open; a GPU that is still there is not given up for that."""
    gpus.open()
    pair = driver.gpus
    for index in lost:
        pair[index].errors = {"all": GpuLostError("fell off the bus")}
    sample(gpus)
    closed = []

    def reopened(_config: GpuConfig) -> FakeDriver:
        closed.append(driver.gpus == ())
        for gpu in pair:
            gpu.errors = {}
        return FakeDriver(pair)

    monkeypatch.setattr("green_telemetry.gpus.open_driver", reopened)
    gpus.reopen(0.0)

    assert closed == [closed_first]
    assert sample(gpus) == []
    assert gpus.reopen_at_s == math.inf


def lose(gpu: Any) -> None:
    gpu.errors = {"all": GpuLostError("fell off the bus")}


def test_one_that_is_lost_at_the_start_leaves_the_others(
    gpus: Gpus, pair: tuple[Any, Any], driver: FakeDriver, said: list[Any]
) -> None:
    """It is said, and looked for again."""
    driver.gpus, driver.unopened = pair[1:], (Unopened(0, GpuLostError("GPU 0: lost")),)

    gpus.open()

    assert [meter.label for meter in gpus.meters] == ["GPU 1"]
    assert [entry["say"] for entry in said if entry["event"] == "gpu.refused"] == ["GPU 0: lost"]
    assert gpus.reopen_at_s == 0.0


def test_one_that_was_lost_at_the_start_is_taken_in_when_it_comes(
    gpus: Gpus, pair: tuple[Any, Any], driver: FakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody is looked for any more."""
    driver.gpus, driver.unopened = pair[1:], (Unopened(0, GpuLostError("GPU 0: lost")),)
    gpus.open()
    monkeypatch.setattr("green_telemetry.gpus.open_driver", lambda _: FakeDriver(pair))

    found = gpus.reopen(0.0)

    assert [meter.label for meter in found] == ["GPU 0"]
    assert len(gpus.meters) == 2
    assert gpus.reopen_at_s == math.inf


def test_one_that_tells_nothing_is_refused_once(
    gpus: Gpus, pair: tuple[Any, Any], said: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often others are lost and found."""
    pair[0].errors = {"energy": GpuUnsupportedError("no"), "power": GpuUnsupportedError("no")}
    gpus.open()
    monkeypatch.setattr("green_telemetry.gpus.open_driver", lambda _: FakeDriver(pair))

    gpus.reopen(0.0)

    assert [entry["event"] for entry in said].count("gpu.refused") == 1
    assert gpus.reopen_at_s == math.inf


def test_one_that_stays_away_is_looked_for_less_often(
    gpus: Gpus, pair: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every five seconds for a minute, then once a minute."""
    gpus.open()
    lose(pair[0])
    sample(gpus)
    gone = FakeDriver(pair[1:], unopened=(Unopened(0, GpuLostError("GPU 0: lost")),))
    monkeypatch.setattr("green_telemetry.gpus.open_driver", lambda _: gone)

    pauses_s = []
    for _ in range(14):
        gpus.reopen(0.0)
        pauses_s.append(gpus.reopen_at_s)

    assert pauses_s == [5.0] * 12 + [60.0] * 2


def test_what_was_found_is_told(
    gpus: Gpus, pair: tuple[Any, Any], said: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what runs is marked; the gap has both readings."""
    gpus.open()
    lose(pair[0])
    sample(gpus)
    pair[0].errors = {}
    monkeypatch.setattr("green_telemetry.gpus.open_driver", lambda _: FakeDriver(pair))

    assert [meter.label for meter in gpus.reopen(0.0)] == ["GPU 0"]
    assert [entry["event"] for entry in said].count("gpu.gap") == 1


def test_nonsense_is_said_once(gpus: Gpus, pair: tuple[Any, Any], said: list[Any]) -> None:
    """Not with each sample."""
    gpus.open()
    pair[0]._shown_w = -1.0

    for _ in range(5):
        sample(gpus)

    (entry,) = [entry for entry in said if entry["event"] == "gpu.nonsense"]
    assert (entry["gpu"], entry["doubt"]) == (0, "power")
