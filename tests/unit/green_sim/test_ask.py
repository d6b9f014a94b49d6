# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a request's details make of the simulated answer."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from green_sim.engine.job import Runner
from green_sim.ollama.answer import Author
from green_sim.ollama.ask import Ask, cut_at, read_stop
from green_sim.ollama.body import ApiError
from green_sim.ollama.prompt import Message, render_chat


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


def test_echo_says_what_it_was_told() -> None:
    """A model of that name, with any tag; all others make up their answers."""
    prompt = render_chat([Message("user", "*hello*")], think=None, context_tokens=4096)
    request = Request({"type": "http", "path": "/api/chat", "headers": []})

    answers = [
        Ask(Runner(name), prompt).order(request, Author()).answer for name in ("echo:32b", "qwen3:32b")
    ]

    assert answers[0] == "*hello*"
    assert answers[1].startswith("This is a simulated answer.")
