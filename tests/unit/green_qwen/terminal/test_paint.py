# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io

import pytest

from green_qwen.terminal.paint import BOLD, RED, Paint, wants_colour


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals() -> None:
    """A terminal gets colour, a pipe gets none."""
    assert wants_colour(Terminal(), {"TERM": "xterm"})
    assert not wants_colour(io.StringIO(), {"TERM": "xterm"})


@pytest.mark.parametrize("environ", [{"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_who_wants_no_colour_gets_none(environ: dict[str, str]) -> None:
    """NO_COLOR and a terminal that can't."""
    assert not wants_colour(Terminal(), environ)


def test_paint_surrounds_a_text() -> None:
    """Styles before, a reset behind; nothing where colour is off or there is nothing to paint."""
    assert Paint(colour=True)("hot", BOLD, RED) == "\x1b[1;31mhot\x1b[0m"
    assert Paint(colour=False)("hot", RED) == "hot"
    assert Paint(colour=True)("", RED) == ""
