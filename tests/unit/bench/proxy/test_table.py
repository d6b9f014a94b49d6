# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The tables."""

from __future__ import annotations

from dataclasses import replace

from bench.proxy.aims import aims
from bench.proxy.figures import Measured
from bench.proxy.table import capped, number, report, table
from bench.proxy.variants import ON
from unit.bench.proxy.scene import closed, rest


def test_numbers_have_thin_thousands_and_no_invented_zero() -> None:
    """What was not measured is a dash."""
    assert number(57441.2) == "57 441"
    assert number(0.256, 2) == "0.26"
    assert number(None) == "-"


def test_a_rate_that_the_clients_limit_is_a_lower_bound() -> None:
    """Their CPU was full: the proxy could do more."""
    figures = Measured([closed(ON, 9000)], [], 0.1).figures(ON)

    assert capped(figures) == "9 000"
    assert capped(replace(figures, rig_busy=0.99)) == "> 9 000"


def test_a_table_is_markdown() -> None:
    """Numbers to the right."""
    assert table(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | --: |\n| x | 1 |"


def test_a_report_has_the_figures_the_aims_and_the_notes() -> None:
    """In that order."""
    figures = Measured([closed(ON, 9000)], [rest(ON)], 0.1).figures(ON)

    said = report([figures], aims(figures), ["measured today"])

    assert said.index("9 000") < said.index(">= 8000") < said.index("- measured today")
