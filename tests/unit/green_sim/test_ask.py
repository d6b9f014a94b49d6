# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a request's details make of the simulated answer."""

from __future__ import annotations

import pytest

from green_sim.ollama.ask import cut_at, read_stop
from green_sim.ollama.body import ApiError


def test_first_stop_sequence_ends_the_text() -> None:
    """Whichever comes first in it."""
    assert cut_at("one two three", ("three", "two")) == "one "
    assert cut_at("one two three", ("four", "")) == "one two three"


def test_one_stop_sequence_or_several() -> None:
    """As a text or as a list."""
    assert read_stop(None) == ()
    assert read_stop("a") == ("a",)
    assert read_stop(["a", "b"]) == ("a", "b")


@pytest.mark.parametrize("value", [5, [5], {"a": 1}])
def test_other_stops_are_refused(value: object) -> None:
    """With status 400."""
    with pytest.raises(ApiError):
        read_stop(value)
