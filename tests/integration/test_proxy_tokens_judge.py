# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Counts as llama.cpp counts: with its own vocabularies, on its own test texts, token by token."""

from __future__ import annotations

import pytest

from green_proxy.tokens.splits import SPLITS
from green_proxy.tokens.vocabulary import UnknownVocabulary, read_vocabulary
from integration.llama_vocabularies import judged

NAMES = (
    "qwen2",
    "qwen35",
    "llama-bpe",
    "gpt-2",
    "mpt",
    "starcoder",
    "refact",
    "command-r",
    "falcon",
)

pytestmark = pytest.mark.timeout(700)


@pytest.mark.parametrize("name", NAMES)
def test_every_text_has_the_very_tokens(name: str) -> None:
    """Not only as many tokens, but the same."""
    judge = judged(name)
    vocabulary = read_vocabulary(judge.card)

    for text, tokens in judge.cases:
        assert vocabulary.tokenizer.encode(text, add_special_tokens=False).ids == tokens, repr(text)

    assert len(judge.cases) > 40


def test_all_texts_are_counted_at_once() -> None:
    """The way in which the proxy counts gives the same numbers."""
    judge = judged("qwen2")
    vocabulary = read_vocabulary(judge.card)

    counts = vocabulary.count([text for text, _ in judge.cases])

    assert counts == [len(tokens) for _, tokens in judge.cases]


def test_marks_of_the_template_are_one_token_each() -> None:
    """In a rendered chat they stand for themselves, as llama.cpp reads them there."""
    vocabulary = read_vocabulary(judged("qwen2").card)

    assert vocabulary.count(["<|im_start|>user\nhi<|im_end|>\n"]) == [6]


def test_a_vocabulary_of_another_kind_is_refused() -> None:
    """SentencePiece and WordPiece are not byte-level BPE."""
    with pytest.raises(UnknownVocabulary, match="not byte-level BPE"):
        read_vocabulary(judged_info("llama"))


def test_a_rule_that_is_not_known_is_refused() -> None:
    """A name that llama.cpp may know and we don't is no reason to guess."""
    with pytest.raises(UnknownVocabulary, match="none of those known"):
        read_vocabulary({"model_info": {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "tomorrow"}})


def test_each_rule_has_a_judge() -> None:
    """Every rule for cutting words is applied by one of the vocabularies above."""
    judges = {SPLITS[name] for name in NAMES}

    assert {split.patterns for split in SPLITS.values()} == {split.patterns for split in judges}


def judged_info(kind: str) -> dict[str, object]:
    return {"model_info": {"tokenizer.ggml.model": kind}}
