# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
How a model's vocabulary wants text cut into words before it merges their bytes.

A GGUF file names the rule in `tokenizer.ggml.pre`; what each name means stands in llama.cpp's
src/llama-vocab.cpp. Listed are those whose cuts were compared with llama.cpp's own and were the same for
any text in characters that both versions of Unicode know.
"""

from __future__ import annotations

from dataclasses import dataclass

# Not (?i:...), which would match the long s as well.
_CONTRACTIONS = r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
_SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+"
_SIGNS = r" ?[^\s\p{L}\p{N}]+[\r\n]*"
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"

_QWEN2 = "|".join((_CONTRACTIONS, _WORDS, r"\p{N}", _SIGNS, _SPACES))
_QWEN35 = "|".join(
    (
        _CONTRACTIONS,
        r"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+",
        r"\p{N}",
        r" ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*",
        _SPACES,
    )
)
_LLAMA3 = "|".join((_CONTRACTIONS, _WORDS, r"\p{N}{1,3}", _SIGNS, _SPACES))


@dataclass(frozen=True, slots=True)
class Split:
    """Patterns applied one after the other, each to the pieces that the one before left."""

    patterns: tuple[str, ...]
    # A word that is a token as a whole is not put together from merges.
    whole_words: bool = False
    begins_marked: bool = False


_DIGITS_APART = Split((r"\p{N}", _GPT2))

SPLITS = {
    **dict.fromkeys(("qwen2", "deepseek-r1-qwen", "megrez"), Split((_QWEN2,))),
    "qwen35": Split((_QWEN35,)),
    **dict.fromkeys(
        ("llama3", "llama-v3", "llama-bpe", "falcon3"),
        Split((_LLAMA3,), whole_words=True, begins_marked=True),
    ),
    "dbrx": Split((_LLAMA3,)),
    "smaug-bpe": Split((_LLAMA3,)),
    "glm4": Split((_LLAMA3,), whole_words=True),
    **dict.fromkeys(("gpt-2", "phi-2", "mpt", "olmo"), Split((_GPT2,))),
    **dict.fromkeys(("starcoder", "refact", "command-r", "smollm"), _DIGITS_APART),
    "falcon": Split((r"[\p{P}\$\+<=>\^~\|`]+", _GPT2, "[0-9][0-9][0-9]")),
}
