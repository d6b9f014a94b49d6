# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How near two servers' answers are, from what they said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from green_qwen.bench.quality.outcome import Quality


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What one server said.

    logprobs: of each token of the fixed text after the first, by natural logarithm. likeliest: what the
    server would have gone on with in its place. answers: greedy tokens after each beginning.
    """

    logprobs: tuple[float, ...]
    likeliest: tuple[int, ...]
    answers: tuple[tuple[int, ...], ...]


def compare(reference: Reading, chosen: Reading, names: tuple[str, str]) -> Quality:
    """Raises ValueError where the two read different texts, as other models would."""
    if len(reference.logprobs) != len(chosen.logprobs) or len(reference.answers) != len(chosen.answers):
        raise ValueError("the two servers cut the text into different tokens: they hold different models")
    pairs = list(zip(reference.answers, chosen.answers, strict=True))
    same = [_same(*pair) for pair in pairs]
    tokens = sum(_length(*pair) for pair in pairs)
    return Quality(
        reference=names[0],
        chosen=names[1],
        prompts=len(pairs),
        tokens=tokens,
        text_tokens=len(reference.logprobs),
        same_tokens=sum(same) / tokens if tokens else math.nan,
        until_first=fmean(_until_first(*pair) for pair in pairs) if pairs else math.nan,
        same_next=fmean(
            left == right for left, right in zip(reference.likeliest, chosen.likeliest, strict=True)
        ),
        perplexity_reference=perplexity(reference.logprobs),
        perplexity_chosen=perplexity(chosen.logprobs),
    )


def perplexity(logprobs: Sequence[float]) -> float:
    return math.exp(-fmean(logprobs))


def _same(left: Sequence[int], right: Sequence[int]) -> int:
    return sum(one == other for one, other in zip(left, right, strict=False))


def _length(left: Sequence[int], right: Sequence[int]) -> int:
    return max(len(left), len(right))


def _until_first(left: Sequence[int], right: Sequence[int]) -> float:
    """The part of an answer that is equal from its start."""
    equal = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        equal += 1
    length = _length(left, right)
    return equal / length if length else 1.0
