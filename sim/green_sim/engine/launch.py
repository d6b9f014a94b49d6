# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How the model server starts its runner: what that makes of the card, and how much memory it wants."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from green_sim.engine.job import Runner
from green_sim.gpu.costs import Knobs, Make, cache_bytes
from green_sim.gpu.curves import Curves

TRAINED_CONTEXT_TOKENS = 40960
ENDED = "llama runner process has terminated"
OUT_OF_MEMORY = f"{ENDED}: cudaMalloc failed: out of memory: {{need:.1f}} GiB wanted, {{room:.1f}} GiB there"
UNFLASHED_CACHE = f"{ENDED}: V cache quantization requires flash_attn"


@dataclass(frozen=True, slots=True)
class Launch:
    """The environment's knobs on one make of card; a runner's own options go before them."""

    make: Make
    knobs: Knobs = field(default_factory=Knobs)

    def curves(self, runner: Runner) -> Curves:
        """Of the card with this runner."""
        batch_tokens = dict(runner.options).get("num_batch", self.knobs.batch_tokens)
        return self.make.costs.curves_with(self.make.curves, replace(self.knobs, batch_tokens=batch_tokens))

    def cache_bytes(self, runner: Runner, slots: int) -> int:
        """Of all slots."""
        context = min(dict(runner.options).get("num_ctx", TRAINED_CONTEXT_TOKENS), TRAINED_CONTEXT_TOKENS)
        return round(cache_bytes(context * slots, self.knobs.kv_cache))

    def refusal(self, needed_bytes: int, free_bytes: int) -> str | None:
        """Why the runner would not come up."""
        if self.knobs.kv_cache != "f16" and not self.knobs.flash_attention:
            return UNFLASHED_CACHE
        if needed_bytes > free_bytes:
            return OUT_OF_MEMORY.format(need=needed_bytes / 2**30, room=free_bytes / 2**30)
        return None
