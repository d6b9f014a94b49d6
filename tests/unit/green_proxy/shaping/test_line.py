# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Turns in a line."""

from __future__ import annotations

import time

from hypothesis import given, strategies as st

from green_proxy.shaping.line import Line
from green_proxy.shaping.ticket import Ticket


def line_of(clients: str) -> tuple[Line, list[Ticket]]:
    line, tickets = Line(), [Ticket(client) for client in clients]
    for number, ticket in enumerate(tickets):
        ticket.number = number
        line.append(ticket)
    return line, tickets


def test_clients_take_turns() -> None:
    """However many requests one of them has; a client's own come in their order."""
    line, tickets = line_of("aaaabbc")

    order = [line.pop() for _ in tickets]

    assert "".join(ticket.client for ticket in order) == "abcabaa"
    assert tickets[:4] == [ticket for ticket in order if ticket.client == "a"]


def test_who_comes_from_another_line_keeps_its_order() -> None:
    """It came before others of its client that stand here already."""
    line, (first, middle, last) = line_of("aaa")
    line.remove(middle)

    line.insert(middle)

    assert [first, middle, last] == [line.pop(), line.pop(), line.pop()]


@given(st.text("abcd", min_size=1, max_size=30), st.data())
def test_a_place_is_the_number_of_turns(clients: str, data: st.DataObject) -> None:
    """Whoever leaves or has had a turn before."""
    line, tickets = line_of(clients)
    for _ in range(data.draw(st.integers(0, len(tickets) - 1))):
        tickets.remove(line.pop())
    if len(tickets) > 1:
        gone = data.draw(st.sampled_from(tickets))
        tickets.remove(gone)
        line.remove(gone)

    places = {ticket: line.place(ticket) for ticket in tickets}

    assert len(line) == len(tickets)
    assert [places[line.pop()] for _ in tickets] == list(range(1, len(tickets) + 1))


def test_leaving_takes_no_longer_in_a_long_line() -> None:
    """A hundred thousand leave within a few seconds, which a search would take hours for."""
    line, tickets = line_of("a" * 100_000)
    began_s = time.process_time()

    for ticket in reversed(tickets[1:]):
        line.remove(ticket)

    assert time.process_time() - began_s < 5.0
    assert tickets[0] is line.pop()
