# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A setting as the files that put it in force, and as arguments where no file does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from green_qwen.load.models import GREEN_MODEL
from green_qwen.tune.keep_alive import KeepAlive
from green_qwen.tune.servers.environment import llama_environment, ollama_environment, ollama_options
from green_qwen.tune.setting import Setting
from green_qwen.tune.writing.changes import signed

DROP_IN = Path("etc/systemd/system")
MODELFILE = Path(f"etc/green-qwen/{GREEN_MODEL}.modelfile")
PROXY_FILE = Path("etc/green-qwen/green-qwen.d/50-tune.toml")
HEAD = "# Written by green-qwen tune; green-qwen tune --undo takes it back."

_WHY = {
    "OLLAMA_NUM_PARALLEL": "Sequences decoded together; each has a context of its own.",
    "OLLAMA_CONTEXT_LENGTH": "Tokens of each slot. Another value in a request would load the model again.",
    "OLLAMA_KV_CACHE_TYPE": "Smaller than f16, and lossy: chosen with consent.",
    "OLLAMA_FLASH_ATTENTION": "Said outright, so that a missing kernel fails loudly.",
    "OLLAMA_KEEP_ALIVE": "As long as resting costs no more than loading again.",
    "CUDA_DISABLE_PERF_BOOST": "A resident model with nothing to do lets the clocks fall.",
    "LLAMA_ARG_BACKEND_SAMPLING": "Tokens are drawn on the GPU, which else waits for the CPU.",
}


def files_for(
    unit: str,
    model: str,
    setting: Setting,
    keep_alive: KeepAlive | None,
    thinking_off_models: Sequence[str] = (),
) -> dict[Path, str]:
    """Each file below the root with its whole text."""
    return {
        DROP_IN / f"{unit}.d" / "green-qwen.conf": drop_in_text(setting, keep_alive),
        MODELFILE: modelfile_text(model, setting),
        PROXY_FILE: proxy_text(setting, thinking_off_models),
    }


def proxy_text(setting: Setting, thinking_off_models: Sequence[str]) -> str:
    lines = [HEAD, "[shaping]", "# As many as OLLAMA_NUM_PARALLEL.", f"slots = {setting.slots}"]
    if thinking_off_models:
        lines.append("# An answer costs less without it, and may be worse: chosen with consent.")
        lines.append(f"thinking_off_models = {json.dumps(list(thinking_off_models))}")
    return "\n".join(lines) + "\n"


def drop_in_text(setting: Setting, keep_alive: KeepAlive | None) -> str:
    lines = [HEAD, "[Service]"]
    for name, value in service_environment(setting, keep_alive).items():
        lines += [f"# {_WHY[name]}", f"Environment={name}={value}"]
    return signed("\n".join(lines) + "\n")


def service_environment(setting: Setting, keep_alive: KeepAlive | None) -> dict[str, str]:
    """What the drop-in sets."""
    keep = {} if keep_alive is None else {"OLLAMA_KEEP_ALIVE": keep_alive.value}
    return {**ollama_environment(setting), **keep}


def parameters_of(setting: Setting) -> dict[str, int | bool]:
    """Of the model that is made, by names that Ollama knows."""
    context = {} if setting.context_tokens is None else {"num_ctx": setting.context_tokens}
    return {**context, **ollama_options(setting)}


def modelfile_text(model: str, setting: Setting) -> str:
    lines = [HEAD, f"FROM {model}"]
    lines += [f"PARAMETER {name} {_plain(value)}" for name, value in parameters_of(setting).items()]
    return "\n".join(lines) + "\n"


def argument_lines(setting: Setting) -> list[str]:
    """For servers that tune does not set up: llama-server and vLLM."""
    return [
        f"llama-server: {_llama_line(setting)}",
        f"vLLM:         {_vllm_line(setting)}",
        "green-proxy:  GREEN_SHAPING_SLOTS=" + str(setting.slots),
    ]


_LLAMA_FLAGS = {
    "LLAMA_ARG_N_PARALLEL": "-np",
    "LLAMA_ARG_CTX_SIZE": "-c",
    "LLAMA_ARG_CACHE_TYPE_K": "-ctk",
    "LLAMA_ARG_CACHE_TYPE_V": "-ctv",
    "LLAMA_ARG_FLASH_ATTN": "-fa",
    "LLAMA_ARG_BATCH": "-b",
    "LLAMA_ARG_UBATCH": "-ub",
    "LLAMA_ARG_THREADS": "-t",
    "LLAMA_ARG_LOAD_MODE": "-lm",
}


def _llama_line(setting: Setting) -> str:
    environ = llama_environment(setting)
    flags = [f"{flag} {environ[name]}" for name, flag in _LLAMA_FLAGS.items() if name in environ]
    flags += ["-bs"] if setting.gpu_sampling else []
    return " ".join([*_boost(environ), "llama-server", *flags])


def _vllm_line(setting: Setting) -> str:
    """Its KV cache and sampling are of other kinds; slots and context carry over."""
    context = [] if setting.context_tokens is None else [f"--max-model-len {setting.context_tokens}"]
    environ = llama_environment(setting)
    return " ".join([*_boost(environ), "vllm serve MODEL", f"--max-num-seqs {setting.slots}", *context])


def _boost(environ: Mapping[str, str]) -> list[str]:
    return ["CUDA_DISABLE_PERF_BOOST=1"] if "CUDA_DISABLE_PERF_BOOST" in environ else []


def _plain(value: int | bool) -> str:
    return str(value).lower()
