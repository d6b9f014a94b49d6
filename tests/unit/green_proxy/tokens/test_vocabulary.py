# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A vocabulary is built from the model's card, or refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from green_proxy.tokens.vocabulary import UnknownVocabulary, read_vocabulary
from unit.green_proxy.tokens.small_vocabulary import card


def test_merges_are_applied() -> None:
    """One token for what was merged, one for each byte of the rest."""
    vocabulary = read_vocabulary(card())

    assert vocabulary.count(["hi", " hi", "ho", "é", ""]) == [1, 1, 2, 2, 0]


def test_marks_are_tokens_of_their_own() -> None:
    """Control tokens and user-defined ones, as llama.cpp reads them in a rendered chat."""
    vocabulary = read_vocabulary(card())

    assert vocabulary.count(["<|im_start|>hi<|im_end|>", "hi<tool_call>hi"]) == [3, 3]


@pytest.mark.parametrize(
    ("changes", "chatml", "begins"),
    [
        ({}, True, False),
        ({"add_bos_token": True}, True, True),
        ({"pre": "llama-bpe"}, True, True),
        ({"pre": "llama-bpe", "add_bos_token": False}, True, False),
        ({"token_type": [1] * 261}, False, False),
    ],
)
def test_what_is_known_of_the_template(changes: dict[str, Any], chatml: bool, begins: bool) -> None:
    """Whether a message's marks are known, and whether each prompt begins with one."""
    vocabulary = read_vocabulary(card(**changes))

    assert (vocabulary.chatml, vocabulary.begins) == (chatml, begins)


def test_another_template_has_other_marks() -> None:
    """The tokens alone don't say that they are used."""
    assert not read_vocabulary(card() | {"template": "{{ .Prompt }}"}).chatml


def test_a_template_that_speaks_of_thinking_may_add_more() -> None:
    """Its marks are known all the same."""
    vocabulary = read_vocabulary(card())
    thinking = read_vocabulary(card() | {"template": card()["template"] + "{{ if .Think }}/think{{ end }}"})

    assert (vocabulary.chatml, vocabulary.settled) == (True, True)
    assert (thinking.chatml, thinking.settled) == (True, False)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model": "llama"}, "tokenizer.ggml.model is 'llama'"),
        ({"model": None}, "tokenizer.ggml.model is None"),
        ({"pre": "tomorrow"}, "'tomorrow' is none of those known"),
        ({"tokens": None}, "tokenizer.ggml.tokens is not there"),
        ({"tokens": []}, "tokenizer.ggml.tokens is not there"),
        ({"tokens": [1]}, "tokenizer.ggml.tokens is not there"),
        ({"merges": None}, "tokenizer.ggml.merges is not there"),
        ({"merges": ["no such"]}, "the merges don't fit the tokens"),
        ({"token_type": None}, "token_type does not fit the tokens"),
        ({"token_type": [1]}, "token_type does not fit the tokens"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], reason: str) -> None:
    """Better no count than a wrong one that passes for exact."""
    with pytest.raises(UnknownVocabulary, match=reason):
        read_vocabulary(card(**changes))


@pytest.mark.parametrize("nonsense", [{}, {"model_info": []}, {"model_info": None}])
def test_a_card_without_a_vocabulary_is_refused(nonsense: dict[str, Any]) -> None:
    """As one is that is no card."""
    with pytest.raises(UnknownVocabulary):
        read_vocabulary(nonsense)
