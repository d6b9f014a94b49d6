# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A request's way over one connection or several."""

from __future__ import annotations

import pytest

from green_proxy.fault import ClientLeft, Fault, UpstreamLost
from green_proxy.upstream.limits import Limits
from green_proxy.upstream.turn import BUSY_WAIT_S, Turn, busy_wait_s
from unit.green_proxy.upstream.wire import Collected, Line, future

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: %b\r\nContent-Length: 4\r\n\r\nbusy"
LIMITS = Limits(first_byte_s=30, between_s=10)


def looked_at(line: Line, limits: Limits) -> Turn:
    """A turn with limits on the line."""
    turn = Turn(line.answer, limits, began_s=0.0)
    turn.renew(line.connection, future(), 0.0)
    line.turn = turn
    line.connection.start(turn, b"")
    return turn


def test_a_refusal_worth_another_try_is_swallowed() -> None:
    """The client hears nothing of it, and the connection is kept."""
    line = Line()
    line.turn.retries_busy = True

    line.read(BUSY % b"1")

    assert line.whole
    assert line.kept
    assert line.turn.busy_wait_s == 1
    assert (line.answer.status, line.answer.chunks, line.answer.ends) == (None, [], 0)


@pytest.mark.parametrize(("retries", "after"), [(False, b"1"), (True, b"3")])
def test_other_refusals_pass(retries: bool, after: bytes) -> None:
    """Where nobody may try again, or where the server wants more time than that."""
    line = Line()
    line.turn.retries_busy = retries

    line.read(BUSY % after)

    assert (line.answer.status, line.answer.body) == (503, b"busy")
    assert line.turn.busy_wait_s is None


@pytest.mark.parametrize(
    ("value", "wait_s"), [(b"0", 0), (b"2", 2), (b"Fri, 31 Dec 1999 23:59:59 GMT", BUSY_WAIT_S)]
)
def test_how_long_to_wait(value: bytes, wait_s: float) -> None:
    """As the server says, where it says it in seconds."""
    assert busy_wait_s([(b"Retry-After", value)]) == wait_s


def test_no_first_byte() -> None:
    """A status for the client, and the connection is closed."""
    line = Line()
    turn = looked_at(line, LIMITS)

    before = turn.look(29.0)
    error = turn.look(30.0)

    assert before is None
    assert isinstance(error, Fault)
    assert line.error is error
    assert line.wire.aborted


def test_no_next_byte() -> None:
    """The limit counts from the look that found the last one."""
    line = Line()
    turn = looked_at(line, LIMITS)
    line.read(b"HTTP/1.1 200 OK\r\n\r\na")

    looks = [turn.look(5.0), turn.look(14.0), turn.look(15.0)]

    assert looks[:2] == [None, None]
    assert isinstance(looks[2], UpstreamLost)


@pytest.mark.parametrize("held", ["paused", "waits_for_client"])
def test_who_is_held_by_the_client_is_not_too_slow(held: str) -> None:
    """A slow reader, or a slow writer, is not the model server's fault."""
    line = Line()
    turn = looked_at(line, LIMITS)
    setattr(turn, held, True)

    assert turn.look(1000.0) is None


def test_a_turn_without_a_connection_is_left_alone() -> None:
    """Connecting has its own limit."""
    turn = Turn(Collected(), LIMITS, began_s=0.0)

    assert turn.look(1000.0) is None


def test_a_client_that_leaves_between_two_tries() -> None:
    """The second finds it out."""
    line = Line()
    line.turn.retries_busy = True
    line.read(BUSY % b"1")

    line.turn.abort()

    assert isinstance(line.turn.error, ClientLeft)
    assert line.kept
