# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the user will not give up for tokens per joule."""

from __future__ import annotations

from dataclasses import dataclass

from green_qwen.tune.measured import Measured
from green_qwen.tune.setting import Setting


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits; nothing (None) is no limit. A lossy cache, and no thinking, take consent."""

    first_token_s: float | None = None
    between_tokens_ms: float | None = None
    context_tokens: int = 8192
    allow_lossy_cache: bool = False
    allow_no_thinking: bool = False

    def breach_by(self, measured: Measured) -> str:
        """Which limit a measurement breaks, in words; empty where it keeps all."""
        if self.first_token_s is not None and not measured.first_token_p95_s <= self.first_token_s:
            return f"first token P95 {measured.first_token_p95_s:.1f} s, allowed {self.first_token_s:g} s"
        limit_ms = self.between_tokens_ms
        if limit_ms is not None and not measured.between_tokens_p95_ms <= limit_ms:
            return f"between tokens P95 {measured.between_tokens_p95_ms:.0f} ms, allowed {limit_ms:g} ms"
        return ""

    def objection_to(self, setting: Setting) -> str:
        """Why a setting may be measured but not chosen; empty where it may be."""
        if setting.lossy and not self.allow_lossy_cache:
            return "lossy: chosen only with --allow-lossy-cache"
        if setting.context_tokens is not None and setting.context_tokens < self.context_tokens:
            return f"context below the {self.context_tokens} tokens that have to fit"
        return ""
