# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Readings that are made in threads, and those who wait for them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from green_common.gpu import GpuError
from green_idle import readers
from green_idle.readers import Readers
from green_idle.worker import GpuSlowError

BOTH = ("GPU-a", "GPU-b")


class Slow:
    """A reading that returns when it is let, and says how often it was begun."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.begun = threading.Semaphore(0)
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        self.begun.release()
        assert self.goes_on.wait(10.0)
        return self.times


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.goes_on.set()


@pytest.fixture
def bell() -> Iterator[int]:
    """Something urgent: readable once somebody has rung."""
    descriptor = os.eventfd(0)
    yield descriptor
    os.close(descriptor)


def fail() -> int:
    raise GpuError("no")


def ring_once_begun(slow: Slow, bell: int) -> None:
    def ring() -> None:
        assert slow.begun.acquire(timeout=10.0)
        os.eventfd_write(bell, 1)

    threading.Thread(target=ring).start()


def seven() -> int:
    return 7


def within(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(readers, "READ_WITHIN_S", seconds)


def read_until_it_answers(asked: Readers, function: Callable[[], int]) -> int:
    """A thread that was late may need a moment more."""
    time_is_up_s = time.monotonic() + 5.0
    while time.monotonic() < time_is_up_s:
        answer = (asked.read({"GPU-a": function}) or {}).get("GPU-a")
        if isinstance(answer, int):
            return answer
    raise AssertionError("it never answers")


def test_each_gpu_answers_for_itself() -> None:
    """With what was read, or with its error."""
    answers = Readers(BOTH, list).read({"GPU-a": seven, "GPU-b": fail})

    assert answers
    assert (answers["GPU-a"], str(answers["GPU-b"])) == (7, "no")


def test_nothing_to_read_is_no_wait() -> None:
    """And no trouble."""
    assert Readers(BOTH, list).read({}) == {}


def test_something_urgent_ends_the_wait(slow: Slow, bell: int) -> None:
    """Whoever waits is told that he was called away, not that a card is silent."""
    asked = Readers(BOTH, lambda: [bell])
    ring_once_begun(slow, bell)

    assert asked.read({"GPU-a": slow}) is None


def test_while_something_urgent_waits_no_reading_is_begun(slow: Slow, bell: int) -> None:
    """The driver is left to those who need it."""
    os.eventfd_write(bell, 1)

    assert Readers(BOTH, lambda: [bell]).read({"GPU-a": slow}) is None
    assert slow.times == 0


def test_what_was_read_before_somebody_was_called_away_is_forgotten(slow: Slow, bell: int) -> None:
    """The clocks may have been set meanwhile."""
    asked = Readers(BOTH, lambda: [bell])
    ring_once_begun(slow, bell)
    asked.read({"GPU-a": slow})
    os.eventfd_read(bell)
    slow.goes_on.set()

    assert read_until_it_answers(asked, slow) == 2


def test_a_card_that_is_late_keeps_no_other_from_being_read(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once; after that it is not even waited for, nor asked again, until it has answered."""
    within(monkeypatch, 0.05)
    asked = Readers(BOTH, list)
    both: dict[str, Callable[[], int]] = {"GPU-a": slow, "GPU-b": seven}
    first = asked.read(both)
    within(monkeypatch, 60.0)

    again = asked.read(both)

    assert (first, again) == ({"GPU-b": 7}, {"GPU-b": 7})
    assert slow.times == 1


def test_a_card_that_hangs_is_an_error_in_the_end(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody would hear of it."""
    within(monkeypatch, 0.0)
    asked = Readers(BOTH, list)
    asked.read({"GPU-a": slow})
    monkeypatch.setattr(readers, "PATIENCE_S", 0.0)

    answers = asked.read({"GPU-a": slow})

    assert answers
    assert isinstance(answers["GPU-a"], GpuSlowError)


def test_a_gpu_that_was_lost_while_it_was_read_is_read_by_another_thread(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own may hang in the driver for ever."""
    within(monkeypatch, 0.0)
    asked = Readers(BOTH, list)
    asked.read({"GPU-a": slow})
    within(monkeypatch, 5.0)

    asked.forget("GPU-a")

    assert asked.read({"GPU-a": seven}) == {"GPU-a": 7}
