# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""GPUs that are lost and found."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest

from green_common.config import GpuConfig
from green_common.gpu import Gpu, GpuLostError, Unopened
from green_idle.gpus import REOPEN_EVERY_S, Gpus
from unit.green_idle.cards import Card

LOST = GpuLostError("gone")


@dataclass
class Driver:
    """Opens these cards, again and again; `closed` counts."""

    cards: list[Card]
    version: str = "1.0"
    simulated: bool = True
    unopened: tuple[Unopened, ...] = ()
    closed: list[Driver] = field(default_factory=list)

    def open_gpus(self) -> tuple[Gpu, ...]:
        return tuple(self.cards)

    def close(self) -> None:
        self.closed.append(self)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    """Two cards; every opening finds the same."""
    made = Driver([Card("GPU-a"), Card("GPU-b", 1)])
    monkeypatch.setattr("green_idle.gpus.open_driver", lambda _: made)
    return made


def turn(gpus: Gpus, at_s: float) -> list[Gpu]:
    """A turn, and another once the search that it began is over."""
    gpus.turn(at_s)
    time_is_up_s = time.monotonic() + 5.0
    while gpus.is_searching and time.monotonic() < time_is_up_s:
        pass
    return gpus.turn(at_s)


def test_while_all_are_there_nothing_is_searched(driver: Driver) -> None:
    """The driver is opened once."""
    gpus = Gpus(GpuConfig(), driver)

    assert gpus.turn(0.0) == []
    assert not gpus.is_searching


def test_a_lost_gpu_is_found_with_a_fresh_driver(driver: Driver) -> None:
    """The others are usable all the time; their handles are renewed with it."""
    gpus = Gpus(GpuConfig(), driver)
    gpus.lose("GPU-b", 10.0)
    without = list(gpus.open)

    found = turn(gpus, 10.0)

    assert without == ["GPU-a"]
    assert [gpu.uuid for gpu in found] == ["GPU-b"]
    assert (set(gpus.open), gpus.lost) == ({"GPU-a", "GPU-b"}, set())
    assert len(driver.closed) == 1
    assert turn(gpus, 100.0) == []


def test_a_gpu_that_is_listed_and_does_not_answer_is_lost_still(driver: Driver) -> None:
    """It is tried again some seconds later."""
    gpus = Gpus(GpuConfig(), driver)
    driver.cards[1].failing["read_clocks"] = LOST
    gpus.lose("GPU-b", 10.0)

    assert turn(gpus, 10.0) == []
    assert gpus.lost == {"GPU-b"}
    driver.cards[1].failing.clear()
    assert turn(gpus, 10.0 + REOPEN_EVERY_S / 2) == []
    assert len(turn(gpus, 10.0 + REOPEN_EVERY_S)) == 1


def test_with_none_left_the_driver_is_closed_first(driver: Driver) -> None:
    """NVML starts anew only once nobody has it open."""
    gpus = Gpus(GpuConfig(), driver)
    gpus.lose("GPU-a", 0.0)
    gpus.lose("GPU-b", 0.0)

    assert len(turn(gpus, 0.0)) == 2
    assert len(driver.closed) == 2
