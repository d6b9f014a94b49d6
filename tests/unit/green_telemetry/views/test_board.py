# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the loop hangs out."""

from __future__ import annotations

from typing import Any

from green_telemetry.views.board import LAST_RECEIPTS, MAX_ALERTS, MAX_RECEIPTS, Board
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
    board.alert("power", GPU, active=True, say="too much")

    assert told == ["snapshot", "receipt", "alert"]
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


def test_alerts_are_bounded() -> None:
    """One that is known can still end."""
    board = Board()
    board.publish(snapshot())
    for number in range(MAX_ALERTS + 10):
        board.alert(f"a{number}", GPU, active=True, say="x")
    board.alert("a0", GPU, active=False, say="over")

    text = (board.metrics_text(openmetrics=False) or b"").decode()

    assert text.count("green_alert_active{") == MAX_ALERTS
    assert f'green_alert_active{{alert="a0",gpu="{GPU}"}} 0' in text


def test_notes_are_taken_once() -> None:
    """The loop writes them into the journal."""
    board = Board()
    board.note("one")

    assert board.take_notes() == ["one"]
    assert board.take_notes() == []
