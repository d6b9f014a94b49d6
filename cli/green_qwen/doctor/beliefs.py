# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Settings that many recipes name and that do nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from green_qwen.doctor.finding import WARNING, Finding
from green_qwen.doctor.mending import restart
from green_qwen.doctor.ollama import Model

NAME = "settings without effect"
# The variable that Ollama does not have, and what does what is meant.
VARIABLES = {
    "OLLAMA_NUM_CTX": "OLLAMA_CONTEXT_LENGTH sets the context",
    "OLLAMA_CTX_SIZE": "OLLAMA_CONTEXT_LENGTH sets the context",
    "OLLAMA_NUM_THREAD": "only PARAMETER num_thread exists, and does nothing for a model on the GPU",
    "OLLAMA_NUM_THREADS": "only PARAMETER num_thread exists, and does nothing for a model on the GPU",
    "OLLAMA_NUM_BATCH": "only PARAMETER num_batch exists",
    "OLLAMA_NUM_GPU": "only PARAMETER num_gpu exists; Ollama puts on the GPU what fits",
    "OLLAMA_GPU_LAYERS": "only PARAMETER num_gpu exists; Ollama puts on the GPU what fits",
    "OLLAMA_MMAP": "only PARAMETER use_mmap exists; it saves nothing once a model is loaded",
    "OLLAMA_NO_MMAP": "only PARAMETER use_mmap exists; it saves nothing once a model is loaded",
    "OLLAMA_USE_MMAP": "only PARAMETER use_mmap exists; it saves nothing once a model is loaded",
    "OLLAMA_THINK": "clients choose; [shaping] thinking of green-qwen.toml turns it off for all",
}


def judge_beliefs(
    environ: Mapping[str, str], models: tuple[Model, ...], drop_ins: tuple[str, ...], unit: str
) -> Iterator[Finding]:
    for variable, instead in VARIABLES.items():
        if variable in environ:
            text = f"Ollama has no {variable}: {instead}. Take it out:"
            yield Finding(NAME, WARNING, text, (_where(variable, drop_ins, unit), *restart(unit)))
    for model in models:
        if "no_mmap" in model.parameters:
            text = (
                f"{model.name} has PARAMETER no_mmap, which Ollama does not know: use_mmap false is meant, "
            )
            yield Finding(NAME, WARNING, f"{text}and saves nothing once a model is loaded")


def _where(variable: str, drop_ins: tuple[str, ...], unit: str) -> str:
    return f"grep -n {variable} {' '.join(drop_ins)}" if drop_ins else f"systemctl cat {unit}"
