# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A setting as variables of the environment, for Ollama and llama-server; unset where it is the default."""

from __future__ import annotations

from collections.abc import Mapping

from green_qwen.tune.setting import Setting

# Names and effects: facts of Ollama 0.30 and later, and llama-server's own README.
_SHARED = ("CUDA_DISABLE_PERF_BOOST", "LLAMA_ARG_BACKEND_SAMPLING")
OLLAMA_NAMES = (
    "OLLAMA_NUM_PARALLEL",
    "OLLAMA_CONTEXT_LENGTH",
    "OLLAMA_KV_CACHE_TYPE",
    "OLLAMA_FLASH_ATTENTION",
    *_SHARED,
)
LLAMA_NAMES = (
    "LLAMA_ARG_N_PARALLEL",
    "LLAMA_ARG_CTX_SIZE",
    "LLAMA_ARG_CACHE_TYPE_K",
    "LLAMA_ARG_CACHE_TYPE_V",
    "LLAMA_ARG_FLASH_ATTN",
    "LLAMA_ARG_BATCH",
    "LLAMA_ARG_UBATCH",
    "LLAMA_ARG_THREADS",
    "LLAMA_ARG_LOAD_MODE",
    *_SHARED,
)


def ollama_environment(setting: Setting) -> dict[str, str]:
    """For ollama.service; batch size, threads and mmap are the model's own parameters there."""
    cache = None if setting.kv_cache == "f16" else setting.kv_cache
    attention = {"on": "1", "off": "0"}.get(setting.flash_attention)
    return _known(
        {
            "OLLAMA_NUM_PARALLEL": _text(setting.slots),
            "OLLAMA_CONTEXT_LENGTH": _text(setting.context_tokens),
            "OLLAMA_KV_CACHE_TYPE": cache,
            "OLLAMA_FLASH_ATTENTION": attention,
            **_shared(setting),
        }
    )


def ollama_options(setting: Setting) -> dict[str, int | bool]:
    """Parameters of the model, by the names of its Modelfile."""
    values = {
        "num_batch": setting.batch_tokens,
        "num_thread": setting.threads,
        "use_mmap": setting.mmap,
    }
    return {name: value for name, value in values.items() if value is not None}


def llama_environment(setting: Setting) -> dict[str, str]:
    """For llama-server; what its command line says goes before these."""
    cache = None if setting.kv_cache == "f16" else setting.kv_cache
    return _known(
        {
            "LLAMA_ARG_N_PARALLEL": _text(setting.slots),
            "LLAMA_ARG_CTX_SIZE": _text(setting.total_context_tokens),
            "LLAMA_ARG_CACHE_TYPE_K": cache,
            "LLAMA_ARG_CACHE_TYPE_V": cache,
            "LLAMA_ARG_FLASH_ATTN": None if setting.flash_attention == "auto" else setting.flash_attention,
            "LLAMA_ARG_BATCH": _text(setting.batch_tokens),
            "LLAMA_ARG_UBATCH": _text(setting.batch_tokens),
            "LLAMA_ARG_THREADS": _text(setting.threads),
            "LLAMA_ARG_LOAD_MODE": None if setting.mmap is None else "mmap" if setting.mmap else "none",
            **_shared(setting),
        }
    )


def _shared(setting: Setting) -> dict[str, str | None]:
    return {
        "CUDA_DISABLE_PERF_BOOST": None if setting.perf_boost else "1",
        "LLAMA_ARG_BACKEND_SAMPLING": "1" if setting.gpu_sampling else None,
    }


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _known(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}
