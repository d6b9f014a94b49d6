# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Requests found by their conversation."""

from __future__ import annotations

import pytest

from green_proxy.gateway.whereabouts import MOST_SHOWN, Whereabouts
from green_proxy.shaping.ticket import RUNNING, Ticket


def place(_ticket: Ticket) -> tuple[int, float]:
    return 2, 3.14


@pytest.mark.parametrize(
    ("ticket_waits", "phase", "shown"),
    [
        (True, None, {"state": "waiting", "position": 2, "expected_wait_s": 3.1}),
        (False, "decode", {"state": "decode"}),
        (False, None, {"state": "merging"}),
        (None, None, {"state": "merging"}),
        (None, "loading", {"state": "loading"}),
    ],
)
def test_where_a_request_is(ticket_waits: bool | None, phase: str | None, shown: dict[str, object]) -> None:
    """In the line, at the model server, or on its way there."""
    whereabouts = Whereabouts()
    whereabouts.enter("c", "r1")
    if ticket_waits is not None:
        ticket = Ticket("ann")
        whereabouts.waits("c", "r1", ticket)
        if not ticket_waits:
            ticket.state = RUNNING

    assert whereabouts.of("c", place, lambda _: phase) == [{"request": "r1", **shown}]


def test_only_ones_own_conversation() -> None:
    """Who names none finds nothing, and nothing is kept of requests that named none."""
    whereabouts = Whereabouts()
    whereabouts.enter("c", "r1")
    whereabouts.enter(None, "r2")
    whereabouts.waits(None, "r2", Ticket("ann"))

    found = [len(whereabouts.of(name, place, lambda _: None)) for name in ("c", "other", None)]

    assert found == [1, 0, 0]
    assert len(whereabouts) == 1


def test_what_has_ended_is_forgotten() -> None:
    """Also where it waited to the end, or leaves twice."""
    whereabouts = Whereabouts()
    whereabouts.enter("c", "r1")
    whereabouts.enter("c", "r2")
    whereabouts.leave("c", "r1")
    whereabouts.waits("c", "r1", Ticket("ann"))

    left = [one["request"] for one in whereabouts.of("c", place, lambda _: None)]
    for request in ("r2", "r2", "r1"):
        whereabouts.leave("c", request)

    assert left == ["r2"]
    assert len(whereabouts) == 0


def test_of_many_the_newest_are_shown() -> None:
    """An answer stays small."""
    whereabouts = Whereabouts()
    for number in range(MOST_SHOWN + 4):
        whereabouts.enter("c", f"r{number}")

    shown = [one["request"] for one in whereabouts.of("c", place, lambda _: None)]

    assert shown == [f"r{number}" for number in range(4, MOST_SHOWN + 4)]
