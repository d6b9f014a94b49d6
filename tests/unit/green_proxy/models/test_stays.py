# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who wants a model kept longer than the model server keeps all."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from green_proxy.models.stays import MAX_KEPT, Stays, keep_s

HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("keep_alive", "seconds"),
    [
        (0, 0.0),
        (90, 90.0),
        (-1, math.inf),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("500ms", 0.5),
        ("-1s", math.inf),
        ("0s", 0.0),
        ("5", None),
        ("soon", None),
        (True, None),
        (None, None),
        (float("nan"), None),
        ([5], None),
        ("1h" * 100, None),
    ],
)
def test_keep_alive_is_read_as_ollama_does(keep_alive: object, seconds: float | None) -> None:
    """Numbers are seconds, texts are Go's durations, negative means for ever."""
    assert keep_s(keep_alive) == seconds


@given(st.text(max_size=30) | st.floats() | st.integers())
def test_nothing_that_a_client_writes_breaks_it(keep_alive: object) -> None:
    """It is the client's own text."""
    stays = Stays()

    stays.asked("m", keep_alive)

    assert stays.pinned("m", None) == "" or (keep_s(keep_alive) or 0) > stays.default_s


def test_a_model_that_was_asked_to_stay_is_pinned() -> None:
    """Under all spellings of its name; another one is not."""
    stays = Stays()

    stays.asked("Qwen3", -1)

    assert stays.pinned("qwen3:latest", HOUR_S) == "a request asked to keep it for ever"
    assert stays.pinned("other", 100.0) == ""


def test_the_last_wish_counts() -> None:
    """A request without one changes nothing, as in Ollama."""
    stays = Stays()
    stays.asked("m", "2h")
    stays.asked("m", None)
    kept = stays.pinned("m", 100.0)

    stays.asked("m", "1m")

    assert kept == "a request asked to keep it for 120 min"
    assert stays.pinned("m", 50.0) == ""


def test_what_came_past_us_shows_in_the_time_left() -> None:
    """Somebody asked the model server directly."""
    assert "longer than models by default" in Stays().pinned("m", HOUR_S)
    assert Stays().pinned("m", 299.0) == ""


def test_a_load_shows_what_the_server_gives_all_models() -> None:
    """With OLLAMA_KEEP_ALIVE=24h nobody has asked for a day."""
    stays = Stays()
    stays.asked("m", -1)

    stays.loaded("m", 24 * HOUR_S)

    assert stays.pinned("m", 23 * HOUR_S) == ""


def test_the_wishes_remembered_are_bounded() -> None:
    """Clients choose the names."""
    stays = Stays()

    for number in range(MAX_KEPT + 1):
        stays.asked(f"m{number}", -1)

    assert stays.pinned("m0", None) == ""
    assert stays.pinned("m1", None) != ""
