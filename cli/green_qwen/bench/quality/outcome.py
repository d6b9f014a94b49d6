# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How near two servers' answers are, as it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Quality:
    """
    A chosen cache type against a reference.

    Of `prompts` greedy answers with `tokens` in all: same_tokens, the share at whose place both have the
    same; until_first, the mean share of an answer before its first difference. Of a fixed text of
    `text_tokens`: the perplexities, and same_next, the share of places where both would go on alike.
    """

    reference: str
    chosen: str
    prompts: int
    tokens: int
    text_tokens: int
    same_tokens: float
    until_first: float
    same_next: float
    perplexity_reference: float
    perplexity_chosen: float

    @property
    def perplexity_change(self) -> float:
        return self.perplexity_chosen / self.perplexity_reference - 1

    @property
    def says(self) -> str:
        """One line for people."""
        return (
            f"quality, cache {self.chosen} against {self.reference}: {self.same_tokens:.1%} of "
            f"{self.tokens} greedy tokens equal, {self.until_first:.1%} of an answer until the first "
            f"difference; perplexity {self.perplexity_reference:.3f} and {self.perplexity_chosen:.3f} "
            f"({self.perplexity_change:+.2%}), "
            f"{self.same_next:.1%} of {self.text_tokens} next tokens equal"
        )


def quality_from(saved: Mapping[str, Any]) -> Quality:
    """Raises TypeError where it is none."""
    return Quality(**saved)
