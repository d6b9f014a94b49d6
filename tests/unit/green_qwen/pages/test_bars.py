# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re

from green_qwen.pages import Axis, BarPlot, Bars

ENERGY = Axis("energy", "J")


def _boxes(plot: BarPlot) -> list[tuple[float, float]]:
    """Top and height of each bar, without those of the legend."""
    drawn = plot.markup("p").partition('class="wide"')[2]
    found = re.findall(r'<rect x="[\d.]+" width="[\d.]+" y="([\d.]+)" height="([\d.]+)"', drawn)
    return [(float(top), float(height)) for top, height in found]


def test_stacked_bars_stand_on_each_other_and_negative_ones_hang_down() -> None:
    """So that signed parts keep their sign and the others add up."""
    first, second, below = _boxes(
        BarPlot(
            "p", ["a"], ENERGY, [Bars("one", [10.0]), Bars("two", [20.0]), Bars("rest", [-5.0])], stacked=True
        )
    )

    assert abs(second[0] + second[1] - first[0]) < 0.2
    assert abs(first[0] + first[1] - below[0]) < 0.2
    assert abs(second[1] - 2 * first[1]) < 0.3


def test_what_was_not_measured_has_no_bar() -> None:
    """None is not zero."""
    plot = BarPlot("p", ["a", "b"], ENERGY, [Bars("one", [None, 1.0])])

    assert len(_boxes(plot)) == 1
    assert "<td>\u2013</td>" in plot.markup("p")


def test_an_error_bar_lies_within_the_frame() -> None:
    """The scale has room for what is above the bar too."""
    markup = BarPlot("p", ["a"], ENERGY, [Bars("one", [10.0], [9.0])]).markup("p")

    low, high = map(float, re.findall(r'<path d="M[\d.]+ ([\d.]+)V([\d.]+)M', markup)[0])
    assert 20 < high < low < 300
    assert "a, one: 10 J ± 9 J" in markup


def test_many_names_are_thinned_and_stay_in_the_table() -> None:
    """Names never lie on each other; each stands in the table."""
    days = [f"2026-03-{day:02}" for day in range(1, 32)]
    drawn, _, table = BarPlot("p", days, ENERGY, [Bars("one", [1.0] * 31)]).markup("p").partition("<details")

    assert drawn.count("<tspan>") < 12
    assert all(day in table for day in days)


def test_long_names_are_cut_beside_the_bars() -> None:
    """Whole when pointed at."""
    name = "a client with a name that never seems to come to its end"
    markup = BarPlot("p", [name], ENERGY, [Bars("one", [1.0])], sideways=True).markup("p")

    assert "<tspan>a client with a name that n…</tspan>" in markup
    assert f"<title>{name}</title>" in markup


def test_a_trifle_below_zero_gets_no_room_of_its_own() -> None:
    """The axis of nine thousand doesn't begin at minus two thousand for the sake of minus one."""
    markup = BarPlot("p", ["a"], ENERGY, [Bars("one", [9000.0]), Bars("rest", [-1.0])], stacked=True).markup(
        "p"
    )

    assert "\u22122" not in markup.partition("<details")[0]
