# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The models that the simulated server has, and what it says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from green_sim.engine.launch import TRAINED_CONTEXT_TOKENS
from green_sim.ollama.body import ApiError

SIZE_BYTES = 20_201_253_588
MODIFIED_AT = "2026-11-01T12:00:00.000000000Z"
PARAMETERS = 32_762_123_264
THINKING_FAMILIES = ("qwen3", "deepseek-r1", "gpt-oss")
TEMPLATE = (
    "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
)


@dataclass(frozen=True, slots=True)
class Model:
    """One model; whatever its name, it costs what Qwen3-32B does."""

    name: str

    @property
    def digest(self) -> str:
        """A stable digest."""
        return hashlib.sha256(f"green-sim {self.name}".encode()).hexdigest()

    @property
    def family(self) -> str:
        """The name before the tag."""
        return self.name.rpartition("/")[2].partition(":")[0]

    @property
    def thinks(self) -> bool:
        """True where the model can think."""
        return self.family.startswith(THINKING_FAMILIES)

    @property
    def capabilities(self) -> list[str]:
        """As `/api/show` lists them."""
        return ["completion", "tools", *(["thinking"] if self.thinks else [])]

    def details(self) -> dict[str, Any]:
        """The `details` object that three endpoints carry."""
        return {
            "parent_model": "",
            "format": "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": "32.8B",
            "quantization_level": "Q4_K_M",
        }

    def entry(self) -> dict[str, Any]:
        """One line of `/api/tags`."""
        return {
            "name": self.name,
            "model": self.name,
            "modified_at": MODIFIED_AT,
            "size": SIZE_BYTES,
            "digest": self.digest,
            "details": self.details(),
        }

    def card(self) -> dict[str, Any]:
        """The answer of `/api/show`; the vocabulary is left out as it is without `verbose`."""
        return {
            "license": "simulated: there are no weights",
            "modelfile": f"# simulated by green-sim\nFROM {self.name}\nTEMPLATE {TEMPLATE!r}\n",
            "parameters": "temperature 0.6\ntop_k 20\ntop_p 0.95",
            "template": TEMPLATE,
            "details": self.details(),
            "model_info": {
                "general.architecture": "qwen3",
                "general.basename": "Qwen3",
                "general.parameter_count": PARAMETERS,
                "general.quantization_version": 2,
                "qwen3.attention.head_count": 64,
                "qwen3.attention.head_count_kv": 8,
                "qwen3.attention.key_length": 128,
                "qwen3.attention.value_length": 128,
                "qwen3.block_count": 64,
                "qwen3.context_length": TRAINED_CONTEXT_TOKENS,
                "qwen3.embedding_length": 5120,
                "tokenizer.ggml.merges": None,
                "tokenizer.ggml.model": "gpt2",
                "tokenizer.ggml.pre": "qwen2",
                "tokenizer.ggml.token_type": None,
                "tokenizer.ggml.tokens": None,
            },
            "capabilities": self.capabilities,
            "modified_at": MODIFIED_AT,
        }


class Catalogue:
    """All models by name."""

    __slots__ = ("models",)

    def __init__(self, names: Iterable[str]) -> None:
        self.models = {name: Model(name) for name in map(full_name, names)}

    def find(self, name: str) -> Model:
        """The model of that name; raises ApiError 404."""
        if not name:
            raise ApiError(400, "model is required")
        model = self.models.get(full_name(name))
        if model is None:
            raise ApiError(404, f"model '{name}' not found")
        return model


def full_name(name: str) -> str:
    """A name without a tag means its latest."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
