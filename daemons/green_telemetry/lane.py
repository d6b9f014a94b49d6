# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is known of one generation's work."""

from __future__ import annotations

from dataclasses import dataclass

from green_telemetry.phases import Span
from green_telemetry.progress import Curve
from green_telemetry.timeline import Generation

Window = tuple[float, float]


@dataclass(slots=True)
class Lane:
    """One generation: its spans, the windows in which its prompt was worked off, its answer's curve."""

    generation: Generation
    spans: tuple[Span, ...]
    prefill: tuple[Window, ...]
    prefill_tokens: float
    prompt_tokens: float
    decode: Window | None
    curve: Curve | None
    loading: tuple[Window, ...]
    begins_s: float = 0.0
    first_s: float = 0.0
    streamed: bool = False

    @property
    def prefill_s(self) -> float:
        return sum(end_s - start_s for start_s, end_s in self.prefill)

    @property
    def cached_tokens(self) -> float:
        return max(0.0, self.prompt_tokens - self.prefill_tokens)

    def works_between(self, start_s: float, end_s: float) -> bool:
        """True where anything of it is known to have worked then."""
        return any(
            span.known and span.start_s < end_s and span.end_s > start_s and span.end_s > span.start_s
            for span in self.spans
        )


def covered(taken: list[Window], step: list[Lane]) -> list[Window]:
    """These windows with those of the step's prompts, one after the other."""
    windows = sorted([*taken, *(window for lane in step for window in lane.prefill)])
    merged: list[Window] = []
    for start_s, end_s in windows:
        if merged and start_s <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_s))
        else:
            merged.append((start_s, end_s))
    return merged
