# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A model's own vocabulary, built from what Ollama's `/api/show` says with `verbose`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split as Cut

from green_proxy.tokens.splits import SPLITS, Split

# Values of tokenizer.ggml.token_type.
_CONTROL, _USER_DEFINED = 3, 4
_TURN_MARKS = ("<|im_start|>", "<|im_end|>")


class UnknownVocabulary(Exception):
    """This vocabulary can't be counted exactly; the text says why."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """
    Counts a model's tokens.

    `chatml` tells whether messages have those marks, `settled` whether the template adds nothing else,
    `begins` whether each prompt gets a mark at its beginning.
    """

    tokenizer: Tokenizer
    chatml: bool
    settled: bool
    begins: bool

    def count(self, texts: list[str]) -> list[int]:
        """Tokens of each text, marks of the template among them taken as such."""
        # Unlike encode(), this one leaves the interpreter to others meanwhile.
        encoded = self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [len(one) for one in encoded]


def read_vocabulary(card: Mapping[str, Any]) -> Vocabulary:
    """From the whole answer of `/api/show`; raises UnknownVocabulary."""
    said = _table(card.get("model_info"))
    if (kind := said.get("tokenizer.ggml.model")) != "gpt2":
        raise UnknownVocabulary(f"tokenizer.ggml.model is {kind!r}, not byte-level BPE")
    split = SPLITS.get(pre := str(said.get("tokenizer.ggml.pre")))
    if split is None:
        raise UnknownVocabulary(f"tokenizer.ggml.pre {pre!r} is none of those known")
    tokens, types = _texts(said, "tokens"), said.get("tokenizer.ggml.token_type")
    if not isinstance(types, list) or len(types) != len(tokens):
        raise UnknownVocabulary("tokenizer.ggml.token_type does not fit the tokens")
    template = f"{card.get('template', '')}{said.get('tokenizer.chat_template', '')}"
    control = list(compress(tokens, (kind == _CONTROL for kind in types)))
    return Vocabulary(
        tokenizer=_build(split, tokens, _texts(said, "merges"), types),
        chatml=all(mark in control and mark in template for mark in _TURN_MARKS),
        # Qwen3's tells the model in the last message whether to think, where that is set.
        settled="think" not in template.lower(),
        begins=said.get("tokenizer.ggml.add_bos_token", split.begins_marked) is True,
    )


def _build(split: Split, tokens: list[str], merges: list[str], types: list[Any]) -> Tokenizer:
    vocabulary = {token: number for number, token in enumerate(tokens)}
    try:
        bpe = BPE(vocabulary, list(map(_pair, merges)), ignore_merges=split.whole_words)
    except Exception as error:
        raise UnknownVocabulary(f"the merges don't fit the tokens: {type(error).__name__}") from error
    tokenizer = Tokenizer(bpe)
    cuts = [Cut(Regex(pattern), "isolated") for pattern in split.patterns]
    # The patterns have cut already; this only writes bytes as the vocabulary has them.
    tokenizer.pre_tokenizer = Sequence([*cuts, ByteLevel(add_prefix_space=False, use_regex=False)])
    apart = compress(tokens, (kind in (_CONTROL, _USER_DEFINED) for kind in types))
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in apart if token])
    return tokenizer


def _pair(merge: str) -> tuple[str, str]:
    # A left side may itself begin with a space.
    at = merge.find(" ", 1)
    return merge[:at], merge[at + 1 :]


def _texts(said: Mapping[str, Any], name: str) -> list[str]:
    found = said.get(f"tokenizer.ggml.{name}")
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        raise UnknownVocabulary(f"tokenizer.ggml.{name} is not there")
    return found


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
