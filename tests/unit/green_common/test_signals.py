# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Signals as something to select on."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator

import pytest

from green_common.signals import RELOAD, STOP, Signals


@pytest.fixture
def signals() -> Iterator[Signals]:
    before = {number: signal.getsignal(number) for number in STOP | RELOAD}
    made = Signals()
    yield made
    made.close()
    for number, handler in before.items():
        signal.signal(number, handler)


def is_readable(signals: Signals) -> bool:
    return bool(select.select([signals], [], [], 0)[0])


def test_none_is_nothing_to_read(signals: Signals) -> None:
    """And taking never blocks."""
    assert not is_readable(signals)
    assert signals.take() == []


def test_signals_are_taken_in_order_once(signals: Signals) -> None:
    """Each of the three."""
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        os.kill(os.getpid(), number)

    assert is_readable(signals)
    assert signals.take() == [signal.SIGHUP, signal.SIGTERM, signal.SIGINT]
    assert signals.take() == []


def test_a_flood_of_signals_blocks_nobody(signals: Signals) -> None:
    """What does not fit is as good as said."""
    for _ in range(2000):
        os.kill(os.getpid(), signal.SIGHUP)

    assert set(signals.take()) == {signal.SIGHUP}


def test_other_signals_are_not_ours(signals: Signals) -> None:
    """A child's end wakes the loop, and means nothing here."""
    before = signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        os.kill(os.getpid(), signal.SIGCHLD)

        assert signals.take() == []
    finally:
        signal.signal(signal.SIGCHLD, before)
