# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One setting of a model server: everything that is tried, with the server's own default as the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

LOSSLESS_CACHES = ("f16",)
LOSSY_CACHES = ("q8_0", "q4_0")

KNOB_NAMES = {
    "slots": "parallel slots",
    "context_tokens": "context a slot",
    "kv_cache": "KV cache",
    "flash_attention": "flash attention",
    "batch_tokens": "batch size",
    "threads": "threads",
    "mmap": "mmap",
    "perf_boost": "perf boost",
    "gpu_sampling": "sampling on the GPU",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """
    What is set; nothing (None) leaves it to the server.

    `batch_tokens` is llama-server's -b and -ub alike, which is what Ollama makes of num_batch.
    """

    slots: int = 1
    context_tokens: int | None = None
    kv_cache: str = "f16"
    flash_attention: str = "auto"
    batch_tokens: int | None = None
    threads: int | None = None
    mmap: bool | None = None
    perf_boost: bool = True
    gpu_sampling: bool = False

    @property
    def lossy(self) -> bool:
        return self.kv_cache not in LOSSLESS_CACHES

    @property
    def total_context_tokens(self) -> int | None:
        return None if self.context_tokens is None else self.context_tokens * self.slots

    def but(self, **changes: Any) -> Setting:
        return replace(self, **changes)


def changes_between(old: Setting, new: Setting) -> dict[str, tuple[Any, Any]]:
    """The knobs in which they differ, each with its old and its new value."""
    pairs = {one.name: (getattr(old, one.name), getattr(new, one.name)) for one in fields(Setting)}
    return {name: (before, after) for name, (before, after) in pairs.items() if before != after}


def words_of(setting: Setting) -> str:
    """In one line what is set, for people."""
    parts = [f"{setting.slots} slot" + ("s" if setting.slots > 1 else "")]
    if setting.context_tokens is not None:
        parts.append(f"{setting.context_tokens} tokens each")
    if setting.kv_cache != "f16":
        parts.append(f"KV cache {setting.kv_cache}")
    if setting.flash_attention != "auto":
        parts.append(f"flash attention {setting.flash_attention}")
    parts.extend(_numbers(setting))
    parts.extend(_switches(setting))
    return ", ".join(parts)


def _numbers(setting: Setting) -> list[str]:
    named = (("batch", setting.batch_tokens), ("threads", setting.threads))
    return [f"{name} {value}" for name, value in named if value is not None]


def _switches(setting: Setting) -> list[str]:
    parts = [] if setting.mmap is None else [f"mmap {'on' if setting.mmap else 'off'}"]
    if setting.gpu_sampling:
        parts.append("sampling on the GPU")
    if not setting.perf_boost:
        parts.append("perf boost off")
    return parts


def setting_from(values: Mapping[str, Any]) -> Setting:
    """From what `values_of` gave; names that are not known raise TypeError."""
    return Setting(**values)


def values_of(setting: Setting) -> dict[str, Any]:
    return asdict(setting)


def brief(setting: Setting) -> str:
    """For a column: slots and context, then what is not as the server has it."""
    parts = [str(setting.slots) + ("" if setting.context_tokens is None else f" x {setting.context_tokens}")]
    parts += [] if setting.kv_cache == "f16" else [setting.kv_cache]
    parts += [] if setting.flash_attention == "auto" else [f"fa {setting.flash_attention}"]
    parts += [] if setting.batch_tokens is None else [f"b {setting.batch_tokens}"]
    parts += [] if setting.threads is None else [f"t {setting.threads}"]
    parts += [] if setting.mmap is None else [f"mmap {plain(setting.mmap)}"]
    parts += ["gpu-sampling"] if setting.gpu_sampling else []
    parts += [] if setting.perf_boost else ["no-boost"]
    return ", ".join(parts)


def plain(value: object) -> str:
    """One value of a knob, for people."""
    if value is None:
        return "default"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
