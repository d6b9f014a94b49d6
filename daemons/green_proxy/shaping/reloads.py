# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
How often Ollama would have loaded a model again, had the options not been removed.

It follows what Ollama's scheduler compares (`needsReload` in server/sched.go, read at v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from green_proxy.models.replies import full_name
from green_proxy.request.call import Call
from green_proxy.shaping.pin import PINNED

MAX_MODELS = 64
_COMPARED = frozenset(PINNED)
_LEAST_CONTEXT = 4
_DEFAULT_BATCH = 512
_DEFAULT_NUM_GPU = -1

COUNTED = {
    "reloads_avoided_total": "Loads of a loaded model that options of requests would have caused.",
}


class Runner(NamedTuple):
    """What a model would have been loaded with; None for an option that was left out."""

    num_ctx: int | None = None
    num_batch: int | None = None
    num_gpu: int = _DEFAULT_NUM_GPU
    main_gpu: int | None = None
    use_mmap: bool | None = None
    num_thread: int = 0
    draft_num_predict: int | None = None
    shift: bool = True

    def serves(self, wanted: Runner, context_tokens: int | None) -> bool:
        """True where a model loaded like this serves that request without a load."""
        return (
            self.shift == wanted.shift
            and _context(self, context_tokens) == _context(wanted, context_tokens)
            and (self.num_batch or _DEFAULT_BATCH) == (wanted.num_batch or _DEFAULT_BATCH)
            # A negative number leaves it to Ollama, which is content with what there is.
            and (wanted.num_gpu < 0 or self.num_gpu == wanted.num_gpu)
            and self.main_gpu == wanted.main_gpu
            and self.use_mmap == wanted.use_mmap
            and self.num_thread == wanted.num_thread
            and self.draft_num_predict == wanted.draft_num_predict
        )


_PLAIN = Runner()


class Reloads:
    """Replays every request against the model as it would be loaded without the proxy."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTED, 0.0)
        self._loaded: dict[str, Runner] = {}

    def see(self, call: Call, context_tokens: int | None = None) -> bool:
        """
        True where this request would have loaded the model again. To be asked before Pin changes the call.

        `context_tokens` is the loaded model's context, which is what a request without num_ctx gets.
        """
        name, wanted = full_name(call.model), runner_of(call)
        loaded = self._loaded.pop(name, None)
        again = loaded is not None and loaded != wanted and not loaded.serves(wanted, context_tokens)
        self._loaded[name] = wanted if loaded is None or again else loaded
        if len(self._loaded) > MAX_MODELS:
            del self._loaded[next(iter(self._loaded))]
        self.counts["reloads_avoided_total"] += again
        return again

    def forget(self, model: str) -> None:
        """It was unloaded: its next load is no one's fault."""
        self._loaded.pop(full_name(model), None)


def runner_of(call: Call) -> Runner:
    options: Mapping[str, Any] = call.options or {}
    if _COMPARED.isdisjoint(options) and "shift" not in call.fields:
        return _PLAIN
    said = {name: _read(name, value) for name, value in options.items() if name in _COMPARED}
    # Left out it is on, but for one family of models.
    shift = call.dialect.words != "ollama" or call.fields.get("shift") is not False
    return Runner(**{name: value for name, value in said.items() if value is not None}, shift=shift)


def _context(runner: Runner, context_tokens: int | None) -> int | None:
    return context_tokens if runner.num_ctx is None else max(runner.num_ctx, _LEAST_CONTEXT)


def _read(name: str, value: Any) -> Any:
    """As Ollama reads it: fractions are cut off, and null is as good as left out."""
    if name == "use_mmap":
        return value if isinstance(value, bool) else None
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
