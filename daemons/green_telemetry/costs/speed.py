# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How fast this GPU works off prompts, where that can be told from the server's durations."""

from __future__ import annotations

from collections import deque

# Shorter prompts take the time of starting.
LEAST_TOKENS = 200
RECENT = 16
# Cached tokens are in the server's counts and not in its time: of a cached prompt the speed looks too high.
LOW = 0.25
# In company times are less sure: it takes some, and none that are very short.
LEAST_COMPANY, LEAST_OWN_S = 4, 0.05


class PrefillSpeed:
    """Tokens a second of prompts that were worked off alone; None until one was seen."""

    def __init__(self, tokens_per_s: float | None = None) -> None:
        self._seen: deque[float] = deque(() if tokens_per_s is None else (tokens_per_s,), maxlen=RECENT)
        self._company: deque[float] = deque(maxlen=RECENT)
        self.tokens_per_s = tokens_per_s

    def observe(self, tokens: int, seconds: float) -> None:
        """Take in a prompt that nobody worked beside; `tokens` without cached ones where that is known."""
        if tokens < LEAST_TOKENS or seconds <= 0:
            return
        self._seen.append(tokens / seconds)
        self.tokens_per_s = sorted(self._seen)[int(LOW * len(self._seen))]

    def observe_in_company(self, tokens: int, seconds: float) -> None:
        """One that others worked beside, by what seems its own time: until a better is seen."""
        if tokens < LEAST_TOKENS or seconds < LEAST_OWN_S:
            return
        self._company.append(tokens / seconds)
        if not self._seen and len(self._company) >= LEAST_COMPANY:
            self.tokens_per_s = sorted(self._company)[int(LOW * len(self._company))]
