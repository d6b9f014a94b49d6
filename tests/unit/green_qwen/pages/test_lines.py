# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re

from green_qwen.pages import WALL_CLOCK, Axis, Line, LinePlot, Span


def _plot(*lines: Line, spans: tuple[Span, ...] = ()) -> LinePlot:
    return LinePlot("power", Axis("time", "s"), Axis("power", "W"), lines, spans)


def _paths(plot: LinePlot) -> list[str]:
    return re.findall(r'<path d="([^"]*)"', plot.markup("p"))


def test_a_hole_lifts_the_pen() -> None:
    """What nobody measured is not drawn through."""
    (path,) = _paths(
        _plot(Line("gpu", [(0, 1.0), (1, 2.0), (2, None), (3, 1.0), (4, float("nan")), (5, 2.0)]))
    )

    assert path.count("M") == 3


def test_no_peak_is_lost_in_a_long_line() -> None:
    """A single reading among a hundred thousand is still the highest point, at a bounded size."""
    points = [(float(at), 900.0 if at == 54_321 else 100.0) for at in range(100_000)]

    (path,) = _paths(_plot(Line("gpu", points)))

    heights = {float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", path)}
    assert min(heights) < 60 < max(heights)
    assert len(path) < 50_000


def test_few_points_tell_their_value_with_its_unit() -> None:
    """Pointing at one shows what it is."""
    markup = _plot(Line("gpu", [(0, 212.5), (1, 80.0)])).markup("p")

    assert "<title>gpu: 212.5 W at 0 s</title>" in markup


def test_a_shortened_table_says_so() -> None:
    """Every so-many-th point, and of how many."""
    markup = _plot(Line("gpu", [(float(at), 1.0) for at in range(1000)])).markup("p")

    assert "One in 3 of 1\u202f000 points" in markup


def test_spans_are_shaded_and_named() -> None:
    """Once in the legend, however many there are."""
    markup = _plot(Line("gpu", [(0, 1.0), (9, 1.0)]), spans=(Span(0, 2, "held"), Span(4, 6, "held"))).markup(
        "p"
    )

    assert markup.count("<title>held: ") == 2
    assert markup.count("> held</li>") == 1


def test_a_plot_of_nothing_is_an_empty_frame() -> None:
    """No line, no point, no error."""
    assert _paths(_plot()) == []
    assert "<svg" in LinePlot("p", Axis("time", WALL_CLOCK), Axis("y"), [Line("a", [])]).markup("p")
