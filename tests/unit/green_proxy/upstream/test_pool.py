# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The pool of idle connections."""

from __future__ import annotations

from green_proxy.upstream.connection import Connection
from green_proxy.upstream.pool import KEEP_IDLE_S, MAX_IDLE_CONNECTIONS, Pool
from unit.green_proxy.upstream.wire import BUFFER, Wire


def connected(pool: Pool) -> tuple[Connection, Wire]:
    connection, wire = Connection(pool, lambda: 0.0, BUFFER), Wire()
    connection.connection_made(wire)
    return connection, wire


def test_last_in_first_out() -> None:
    """Few connections stay in use, and the rest grow old."""
    pool = Pool()
    first, second = connected(pool)[0], connected(pool)[0]
    pool.give(first, 0.0)
    pool.give(second, 0.1)

    taken = [pool.take(0.2), pool.take(0.2), pool.take(0.2)]

    assert taken == [second, first, None]


def test_old_ones_are_not_handed_out() -> None:
    """The server may be about to close them."""
    pool = Pool()
    wires = []
    for _ in range(2):
        connection, wire = connected(pool)
        pool.give(connection, 0.0)
        wires.append(wire)

    taken = pool.take(KEEP_IDLE_S)

    assert taken is None
    assert len(pool) == 0
    assert all(wire.aborted for wire in wires)


def test_sweep_closes_the_old_and_no_others() -> None:
    """Nobody has to take one for that."""
    pool = Pool()
    (old, old_wire), (young, young_wire) = connected(pool), connected(pool)
    pool.give(old, 0.0)
    pool.give(young, 1.0)

    pool.sweep(KEEP_IDLE_S)

    assert (old_wire.aborted, young_wire.aborted) == (True, False)
    assert pool.take(KEEP_IDLE_S) is young


def test_closed_ones_are_not_handed_out() -> None:
    """Even where the loop has not yet said so."""
    pool = Pool()
    open_one, (closing, wire) = connected(pool)[0], connected(pool)
    pool.give(open_one, 0.0)
    pool.give(closing, 0.0)
    wire.aborted = True

    assert pool.take(0.0) is open_one


def test_no_more_than_so_many() -> None:
    """The oldest goes."""
    pool = Pool()
    oldest, wire = connected(pool)
    pool.give(oldest, 0.0)
    for _ in range(MAX_IDLE_CONNECTIONS):
        pool.give(connected(pool)[0], 0.0)

    assert len(pool) == MAX_IDLE_CONNECTIONS
    assert wire.aborted


def test_close_closes_all() -> None:
    """At the end of the daemon."""
    pool = Pool()
    connection, wire = connected(pool)
    pool.give(connection, 0.0)

    pool.close()

    assert wire.aborted
    assert len(pool) == 0
