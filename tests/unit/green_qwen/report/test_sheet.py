# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

from green_common.estimates import Estimates
from green_common.history import Entry
from green_qwen.report.books import Books
from green_qwen.report.forms import as_object
from green_qwen.report.intake import Intake
from green_qwen.report.notes import notes_of
from green_qwen.report.result import Range, Result, result_of
from green_qwen.report.sheet import sheet_lines
from green_qwen.terminal.columns import width_of
from green_qwen.terminal.paint import Paint
from unit.green_qwen.report.entries import START_S, logged_receipt, logged_window

PLAIN = Paint(colour=False)


def _result(*entries: Entry, by: tuple[str, ...] = ("day",)) -> Result:
    intake = Intake(lambda: Books((by,)))
    for entry in entries:
        intake.take(entry)
    books, asked = intake.real, Range(None, None, None, None, None, None)
    return result_of(intake, books, by, Estimates(), asked, notes_of(intake, books))


def test_the_books_are_printed_as_a_sum() -> None:
    """Total = baseline + generations + others + unattributed."""
    text = "\n".join(sheet_lines(_result(logged_window(), logged_receipt()), PLAIN))

    for part in ("energy", "= baseline", "+ generations", "+ others", "+ unattributed", "the books balance"):
        assert part in text


def test_books_that_do_not_balance_say_by_how_much() -> None:
    """A window whose accounts leave a joule."""
    text = "\n".join(sheet_lines(_result(logged_window(energy_j=6001.0)), PLAIN))

    assert "the accounts are off by +1.000 J" in text
    assert "balance\n" not in text


def test_a_narrow_terminal_gets_fewer_columns_and_is_told_which() -> None:
    """No line of the table is longer than the terminal."""
    lines = list(sheet_lines(_result(logged_window(), logged_receipt()), PLAIN, 80))

    head = next(at for at, line in enumerate(lines) if line.startswith("day"))
    assert all(width_of(line) <= 80 for line in lines[head : head + 3])
    assert lines[head + 3].startswith("no room for: ")


def test_names_cannot_steer_the_terminal() -> None:
    """An escape in a client's name is shown as a question mark."""
    text = "\n".join(sheet_lines(_result(logged_receipt(client="\x1b[2Jevil"), by=("client",)), PLAIN))

    assert "\x1b" not in text and "?[2Jevil" in text


def test_receipts_without_windows_make_a_report_that_says_so() -> None:
    """The GPU's whole energy is not known, and not zero."""
    result = _result(logged_receipt())

    assert result.total["gpu_energy_j"] is None
    assert "no_windows" in {note.name for note in result.notes}
    assert not any("books balance" in line for line in sheet_lines(result, PLAIN))


def test_the_object_is_json_as_the_standard_has_it() -> None:
    """No NaN and no infinity, whatever is missing."""
    for lines in ((logged_receipt(),), (logged_window(),), (logged_window(START_S, 0.0, energy_j=0.0),)):
        json.loads(json.dumps(as_object(_result(*lines)), allow_nan=False))
