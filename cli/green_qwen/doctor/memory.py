# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What decides how much memory a slot takes: context, flash attention, type of the cache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from green_qwen.doctor.finding import ADVICE, OK, WARNING, Finding
from green_qwen.doctor.mending import set_variable
from green_qwen.doctor.ollama import Model

CONTEXT, FLASH, CACHE = "context of a slot", "flash attention", "type of the KV cache"
OFF = ("0", "false", "f")
LOSSLESS = ("", "f16", "bf16", "f32")
CACHE_COST = (
    "on an H100 80GB HBM3 a decoded token took 0.82 J instead of f16's 0.65 with sixteen together, and 0.57 "
    "instead of 0.41 with fifty (Qwen3-32B's shape)"
)


def judge_memory(environ: Mapping[str, str], models: tuple[Model, ...], unit: str) -> Iterator[Finding]:
    yield _context(environ.get("OLLAMA_CONTEXT_LENGTH", ""), models, unit)
    flash, cache = environ.get("OLLAMA_FLASH_ATTENTION", "").lower(), environ.get("OLLAMA_KV_CACHE_TYPE", "")
    if flash in OFF:
        text = "OLLAMA_FLASH_ATTENTION=0 turns it off, so that long contexts take more memory and time:"
        yield Finding(FLASH, WARNING, text, set_variable(unit, "OLLAMA_FLASH_ATTENTION", "1"))
    elif not flash:
        text = "used where the GPU has it; with OLLAMA_FLASH_ATTENTION=1 a load without it fails and says so"
        yield Finding(FLASH, OK, text)
    else:
        yield Finding(FLASH, OK, "it is on")
    yield _cache(cache.lower(), unit, flash_is_off=flash in OFF)


def _context(text: str, models: tuple[Model, ...], unit: str) -> Finding:
    seen = [model for model in models if model.context_tokens]
    if not text:
        told = f" ({seen[0].name} has {seen[0].context_tokens} now)" if seen else ""
        said = (
            "OLLAMA_CONTEXT_LENGTH is not set, so each slot gets what the card's memory suggests, up to "
            f"262144 tokens{told}, and memory is gone that more slots could use; it saves no power by itself:"
        )
        return Finding(CONTEXT, ADVICE, said, set_variable(unit, "OLLAMA_CONTEXT_LENGTH", "8192"))
    other = [
        model for model in seen if str(model.context_tokens) != text and "num_ctx" not in model.parameters
    ]
    if other:
        said = (
            f"{other[0].name} was loaded with {other[0].context_tokens} tokens, and OLLAMA_CONTEXT_LENGTH is "
            f"{text}: a client that goes round green-proxy, or an Ollama that was not restarted. Each change "
            "loads the model again (532 J on an H100 80GB HBM3 from memory):"
        )
        return Finding(CONTEXT, WARNING, said, (f"ollama stop {other[0].name}",))
    return Finding(CONTEXT, OK, f"{text} tokens (OLLAMA_CONTEXT_LENGTH)")


def _cache(kind: str, unit: str, *, flash_is_off: bool) -> Finding:
    if kind in LOSSLESS:
        return Finding(CACHE, OK, kind or "f16, Ollama's default")
    mend = set_variable(unit, "OLLAMA_KV_CACHE_TYPE", "f16")
    if flash_is_off:
        text = f"OLLAMA_KV_CACHE_TYPE={kind} without flash attention: llama.cpp may refuse to load a model:"
        return Finding(CACHE, WARNING, text, mend)
    if kind.startswith("q4"):
        text = f"{kind} loses precision and costs energy: {CACHE_COST}. It pays only where more slots fit in:"
        return Finding(CACHE, ADVICE, text, mend)
    return Finding(CACHE, OK, f"{kind}; what it costs in energy was not measured")
