# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""All checks together."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from green_common.errors import UnavailableError
from green_qwen.__main__ import main
from green_qwen.doctor import SOMETHING_FOUND, checks
from green_qwen.doctor.finding import ADVICE, OK, WARNING, Finding


def found(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    def check_all() -> Iterator[Finding]:
        yield from findings

    monkeypatch.setattr(checks, "CHECKS", (check_all,))


def test_a_script_learns_whether_something_is_to_be_mended(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Advice is nothing to mend."""
    found(monkeypatch, Finding("a", OK, "well"), Finding("b", ADVICE, "better"))
    well = main(["doctor", "--json"])
    found(monkeypatch, Finding("c", WARNING, "bad", ("mend it",)))
    bad = main(["doctor", "--json"])

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (well, bad) == (os.EX_OK, SOMETHING_FOUND)
    assert lines[2] == {"check": "c", "state": "warning", "text": "bad", "mend": ["mend it"]}


def test_a_check_that_fails_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it stumbled over is said."""

    def check_journal() -> Iterator[Finding]:
        yield Finding("a", OK, "well")
        raise UnavailableError("no journal")

    def check_last() -> Finding:
        return Finding("b", OK, "well")

    monkeypatch.setattr(checks, "CHECKS", (check_journal, check_last))

    assert [(one.check, one.state) for one in checks.find_all()] == [
        ("a", "ok"),
        ("journal", "unknown"),
        ("b", "ok"),
    ]
