# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A request's claim to a slot."""

from __future__ import annotations

import pytest

from green_proxy.shaping.ticket import Ticket, is_batch


@pytest.mark.parametrize(
    ("said", "batch"), [(b"batch", True), (b" Batch ", True), (b"low", False), (b"", False), (None, False)]
)
def test_a_priority_that_is_not_known_is_interactive(said: bytes | None, batch: bool) -> None:
    """Only 'batch' can wait."""
    assert is_batch(said) is batch


def test_a_request_that_waited_says_so() -> None:
    """How long, and where in the line it began; without a wait there is nothing to say."""
    ticket = Ticket("a")
    assert ticket.note is None

    ticket.entered_s, ticket.admitted_s, ticket.position = 10.0, 11.234, 3

    assert ticket.note == "waited=1.234; position=3"
