# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Texts and figures as the journal gets them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from green_telemetry.audit.wording import MAX_NAME_BYTES, duration_text, figure, plain, wall_text


def test_what_a_terminal_cannot_show_is_replaced() -> None:
    """A feed that lies must not write to somebody's terminal."""
    assert plain("a\x1b[31mb\nc\u202ed") == "a?[31mb?c?d"


@given(st.text(max_size=400))
def test_every_text_is_bounded_and_printable(text: str) -> None:
    """In bytes, since that is what a journal is made of."""
    shown = plain(text)

    assert len(shown.encode()) <= MAX_NAME_BYTES
    assert shown.isprintable()


def test_a_short_text_stays_as_it_is() -> None:
    """Also one that isn't ASCII."""
    assert plain("Möbius 模型") == "Möbius 模型"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("energy_j", 12345.67891, 12345.679),
        ("tokens_per_s", 82.857142, 82.86),
        ("ended_at", 1795489569.68812, 1795489569.688),
        ("tokens", 58, 58),
        ("partial", False, False),
        ("gpu_uuids", ("GPU-a",), ["GPU-a"]),
    ],
)
def test_figures_are_as_long_as_they_are_true(name: str, value: object, expected: object) -> None:
    """Joules to the millijoule, so that sums come out."""
    assert figure(name, value) == expected


def test_a_time_is_said_in_utc() -> None:
    """And never with 1000 milliseconds."""
    assert wall_text(1.9996) == "1970-01-01T00:00:02.000Z"


@pytest.mark.parametrize(("seconds", "expected"), [(59.6, "60 s"), (600.0, "10 min"), (9000.0, "2.5 h")])
def test_durations_are_said_as_people_say_them(seconds: float, expected: str) -> None:
    """Seconds, minutes, hours."""
    assert duration_text(seconds) == expected
