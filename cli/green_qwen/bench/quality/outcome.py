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
    A chosen cache type against a reference, over a fixed text.

    same_tokens: share of greedy tokens that are equal, over all positions. until_first: mean share of an
    answer before its first difference. perplexity: of the fixed text, reference and chosen.
    """

    reference: str
    chosen: str
    prompts: int
    tokens: int
    same_tokens: float
    until_first: float
    perplexity_reference: float
    perplexity_chosen: float

    @property
    def perplexity_change(self) -> float:
        return self.perplexity_chosen / self.perplexity_reference - 1


def quality_from(saved: Mapping[str, Any]) -> Quality:
    """Raises TypeError where it is none."""
    return Quality(**saved)
