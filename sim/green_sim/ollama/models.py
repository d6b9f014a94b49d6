# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The models that the simulated server has, and what it says of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from green_sim.engine.launch import TRAINED_CONTEXT_TOKENS
from green_sim.ollama.body import ApiError

SIZE_BYTES = 20_201_253_588
MODIFIED_AT = "2026-11-01T12:00:00.000000000Z"
PARAMETERS = 32_762_123_264
THINKING_FAMILIES = ("qwen3", "deepseek-r1", "gpt-oss")
SAMPLING = {"temperature": 0.6, "top_k": 20, "top_p": 0.95}
TEMPLATE = (
    "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
)


@dataclass(frozen=True, slots=True)
class Model:
    """One model; whatever its name, it costs what Qwen3-32B does."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=lambda: dict(SAMPLING))

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
            "parameters": "\n".join(f"{name:<30} {_plain(value)}" for name, value in self.parameters.items()),
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
    """All models by name; a file keeps them over a restart, as the real server's do."""

    __slots__ = ("_file", "models")

    def __init__(self, names: Iterable[str], file: Path | None = None) -> None:
        self._file = file
        self.models = {name: Model(name) for name in map(full_name, names)}
        if file is not None and file.exists():
            kept = json.loads(file.read_text())
            self.models = {name: Model(name, parameters) for name, parameters in kept.items()}

    def put(self, model: Model) -> None:
        """A new model, or one in the place of another."""
        self.models[model.name] = model
        self._keep()

    def drop(self, model: Model) -> None:
        """It is there no more."""
        del self.models[model.name]
        self._keep()

    def _keep(self) -> None:
        if self._file is not None:
            kept = {name: dict(model.parameters) for name, model in self.models.items()}
            self._file.write_text(json.dumps(kept))

    def find(self, name: str) -> Model:
        """The model of that name; raises ApiError 404."""
        if not name:
            raise ApiError(400, "model is required")
        model = self.models.get(full_name(name))
        if model is None:
            raise ApiError(404, f"model '{name}' not found")
        return model


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def full_name(name: str) -> str:
    """A name without a tag means its latest."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
