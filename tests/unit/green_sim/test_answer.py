# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Made-up answers are reproducible, of the wanted length, and say that they are simulated."""

from __future__ import annotations

import json

from hypothesis import given, strategies as st

from green_sim.engine.tokens import count_tokens
from green_sim.ollama.answer import Author, Span


@given(st.text())
def test_answer_is_reproducible_and_of_the_wanted_length(prompt: str) -> None:
    """The same prompt gets the same answer, within the span."""
    author = Author(seed=5, answer=Span(10, 20))

    text = author.write_answer(prompt)

    assert text == Author(seed=5, answer=Span(10, 20)).write_answer(prompt)
    assert 10 <= count_tokens(text) <= 20


def test_answer_says_what_it_is() -> None:
    """Nobody takes it for a model's."""
    assert Author().write_answer("hello").startswith("This is a simulated answer.")


def test_other_prompts_get_other_lengths() -> None:
    """Lengths are spread over the span."""
    lengths = {len(Author().write_answer(str(number))) for number in range(50)}

    assert len(lengths) > 20


def test_json_is_an_object_on_demand() -> None:
    """A client that asks for JSON can parse it."""
    assert "simulated" in json.loads(Author().write_answer("hello", as_json=True))
