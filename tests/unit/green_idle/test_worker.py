# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Calls that are made in a thread of their own."""

from __future__ import annotations

import threading
import time

from green_common.gpu import GpuError
from green_idle.worker import Worker, wait_for


def fail() -> None:
    raise GpuError("no")


def test_calls_are_made_in_their_order() -> None:
    """One after the other."""
    made: list[int] = []
    worker = Worker("a test")

    calls = [worker.start(lambda number=number: made.append(number)) for number in range(20)]  # type: ignore[misc]

    assert wait_for(calls, 5.0)
    assert made == list(range(20))


def test_an_error_is_kept_and_the_next_call_is_made() -> None:
    """For whoever asked."""
    worker = Worker("a test")

    failed, fine = worker.start(fail), worker.start(lambda: None)

    assert wait_for([failed, fine], 5.0)
    assert (str(failed.error), fine.error) == ("no", None)
    assert failed.ended_s <= time.monotonic()


def test_a_call_that_hangs_is_not_waited_for() -> None:
    """It may be over later."""
    goes_on = threading.Event()
    worker = Worker("a test")

    def hang() -> None:
        goes_on.wait(10.0)

    call = worker.start(hang)
    in_time, busy = wait_for([call], 0.01), worker.is_busy
    goes_on.set()

    assert (in_time, busy) == (False, True)
    assert wait_for([call], 5.0)
    assert not worker.is_busy


def test_a_call_that_is_over_stays_over() -> None:
    """However often it is asked, and without a wait."""
    call = Worker("a test").start(lambda: None)
    assert wait_for([call], 5.0)

    assert [wait_for([call], 0.0), wait_for([call, call], 0.0), call.is_over] == [True, True, True]
