# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io

from green_qwen.report.books import Books
from green_qwen.report.intake import Intake
from green_qwen.report.progress import EVERY_ENTRIES, EVERY_S, Progress


class Terminal(io.StringIO):
    """A stream that is one."""

    def isatty(self) -> bool:
        return True


def _followed(stream: io.StringIO) -> str:
    now_s = 0.0
    intake = Intake(lambda: Books(()))
    intake.entries = EVERY_ENTRIES
    with Progress(stream, lambda: now_s) as progress:
        progress.show(intake)
        now_s = EVERY_S
        progress.show(intake)
    return stream.getvalue()


def test_a_terminal_sees_how_far_it_has_come_and_nothing_stays() -> None:
    """One line, written over, and gone at the end."""
    text = _followed(Terminal())

    assert text.count("receipts and windows") == 1
    assert text.endswith("\r\x1b[K")


def test_a_file_sees_nothing() -> None:
    """What is not a terminal gets the report alone."""
    assert _followed(io.StringIO()) == ""
