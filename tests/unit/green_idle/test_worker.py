# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Calls that are made in a thread of their own."""

from __future__ import annotations

import threading
import time

from green_common.gpu import GpuError
from green_idle.worker import Call, Worker, Workers, wait_for


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


def threads() -> set[int]:
    return {thread.ident for thread in threading.enumerate() if thread.ident is not None}


def where_it_runs(worker: Worker) -> int:
    """The thread that makes its calls."""
    found: list[int] = []
    assert wait_for([worker.start(lambda: found.append(threading.get_ident()))], 5.0)
    return found[0]


def test_a_gpu_that_is_found_later_gets_a_thread_that_was_there_from_the_start() -> None:
    """Threads that start later have not the priority that the unit gives."""
    workers = Workers(["GPU-a"], reserve=2)
    there = threads()

    used = {where_it_runs(workers.of(uuid)) for uuid in ("GPU-a", "GPU-b", "GPU-c")}

    assert len(used) == 3
    assert used <= there
    assert workers.of("GPU-b") is workers.of("GPU-b")


def test_more_gpus_than_threads_in_reserve_are_served_all_the_same() -> None:
    """By a new one."""
    workers = Workers(["GPU-a"], reserve=0)
    there = threads()

    assert where_it_runs(workers.of("GPU-b")) not in there


def hang(workers: Workers, goes_on: threading.Event) -> Call:
    def wait() -> None:
        goes_on.wait(10.0)

    return workers.of("GPU-a").start(wait)


def test_a_lost_gpu_leaves_its_thread_where_the_driver_hangs() -> None:
    """It gets another one when it is back; without a hang it keeps its own."""
    goes_on = threading.Event()
    workers = Workers(["GPU-a"], reserve=1)
    own = workers.of("GPU-a")
    workers.forget("GPU-a")
    kept = workers.of("GPU-a")

    hang(workers, goes_on)
    workers.forget("GPU-a")
    other = workers.of("GPU-a")
    goes_on.set()

    assert kept is own
    assert other is not own
    assert not other.is_busy


def test_a_thread_that_is_through_is_in_reserve_again() -> None:
    """Not before: whoever got it would wait for another GPU's driver."""
    goes_on = threading.Event()
    workers = Workers(["GPU-a"], reserve=0)
    own = workers.of("GPU-a")
    call = hang(workers, goes_on)
    workers.forget("GPU-a")

    while_it_hangs = workers.of("GPU-b")
    goes_on.set()
    assert wait_for([call], 5.0)

    assert while_it_hangs is not own
    assert workers.of("GPU-c") is own
