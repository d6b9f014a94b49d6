# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the loop hangs out."""

from __future__ import annotations

from typing import Any

from green_telemetry.views.board import LAST_RECEIPTS, MAX_RECEIPTS, Board
from unit.green_telemetry.views.scene import GPU, receipt, snapshot


def test_the_last_receipts_are_kept() -> None:
    """The newest first, and not too many."""
    board = Board()
    for number in range(MAX_RECEIPTS + 5):
        board.receipt(receipt(request=f"r{number}"))

    newest = board.last_receipts()

    assert len(newest) == LAST_RECEIPTS
    assert newest[0].request == f"r{MAX_RECEIPTS + 4}"
    assert board.receipt_of("r0") is None
    assert (board.receipt_of(f"r{MAX_RECEIPTS}") or {})["energy_j"] == 30.0


def test_nobody_is_told_while_nobody_watches() -> None:
    """The loop does not wake the views' thread for nothing."""
    told: list[tuple[str, Any]] = []
    board = Board()
    board.tell = lambda event, news: told.append((event, news))

    board.publish(snapshot())
    board.receipt(receipt())

    assert told == []
    assert not board.watched


def test_a_stream_hears_of_everything() -> None:
    """In its order."""
    told: list[str] = []
    board = Board()
    board.tell = lambda event, news: told.append(event)
    board.streams = 1

    board.publish(snapshot())
    board.receipt(receipt())
    board.publish(snapshot(alerts={("power", GPU): True, ("temperature", GPU): False}))
    board.publish(snapshot(alerts={("power", GPU): True, ("temperature", GPU): False}))

    assert told == ["snapshot", "receipt", "snapshot", "alert", "snapshot"]
    assert board.watched


def test_who_awaits_a_receipt_hears_of_receipts_alone() -> None:
    """And does not count as watching."""
    told: list[str] = []
    board = Board()
    board.tell = lambda event, news: told.append(event)
    board.awaited = 1

    board.publish(snapshot())
    board.receipt(receipt())

    assert told == ["receipt"]
    assert not board.watched


def test_an_alert_is_told_when_it_begins_and_when_it_ends() -> None:
    """Not at each reading between."""
    told: list[Any] = []
    board = Board()
    board.tell = lambda event, news: told.append(news) if event == "alert" else None
    board.streams = 1

    for stands in (False, True, True, False, False):
        board.publish(snapshot(alerts={("power", GPU): stands}))

    assert [(one["alert"], one["gpu_uuid"], one["active"]) for one in told] == [
        ("power", GPU, True),
        ("power", GPU, False),
    ]


def test_notes_are_taken_once() -> None:
    """The loop writes them into the journal."""
    board = Board()
    board.note("one")

    assert board.take_notes() == ["one"]
    assert board.take_notes() == []
