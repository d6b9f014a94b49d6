# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Durations in Ollama's words."""

from __future__ import annotations

import pytest

from green_sim.durations import FOR_EVER_S, LONGEST_S, parse_duration_s


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("300", 300.0),
        ("1.5s", 1.5),
        ("250ms", 0.25),
        (0, 0.0),
        ("0", 0.0),
        (-1, FOR_EVER_S),
        ("-1", FOR_EVER_S),
        ("-5m", FOR_EVER_S),
        (1e300, LONGEST_S),
    ],
)
def test_durations_are_read(value: str | int, seconds: float) -> None:
    """Numbers are seconds, texts may have units, negative is for ever."""
    assert seconds == pytest.approx(parse_duration_s(value))


@pytest.mark.parametrize("text", ["", "soon", "5 m", "5x", "m", float("nan")])
def test_nonsense_is_refused(text: str | float) -> None:
    """The message shows what was found."""
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration_s(text)
