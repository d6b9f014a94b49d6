# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
A vocabulary as large as Qwen3's, made up, and the answers about its model that Ollama would give.

Every word that load.c writes is one token, so that its texts have about as many tokens as English ones.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

MODEL = "bench:8b"
DIGEST = "5b" * 32
CONTEXT_TOKENS = 8192
# Qwen3's.
TOKENS = 151_643
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
NORMAL, CONTROL = 1, 3
TEMPLATE = (
    "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
)
# The letter that byte-level vocabularies write for a space.
SPACE = "\u0120"


def byte_letters() -> list[str]:
    """The 256 single-byte tokens: printable bytes as they are, the others moved past 255 (GPT-2's table)."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = [256 + number for number in range(256 - len(plain))]
    return [chr(code) for code in plain + moved]


def words() -> Iterator[str]:
    """Words of one, two and three syllables, each with the space before it."""
    syllables = ["".join(pair) for pair in itertools.product("bcdfghjklmnpqrstvwxz", "aeiou")]
    for count in (1, 2, 3):
        for parts in itertools.product(syllables, repeat=count):
            yield SPACE + "".join(parts)


def merges(count: int) -> list[tuple[str, str]]:
    """Each word letter by letter from its space on, so that one merge at most applies at any time."""
    found: dict[tuple[str, str], None] = {}
    for word in words():
        for end in range(1, len(word)):
            if len(found) == count:
                return list(found)
            found.setdefault((word[:end], word[end]))
    return list(found)


def show() -> dict[str, object]:
    """What `/api/show` says when asked verbosely."""
    letters = byte_letters()
    pairs = merges(TOKENS - len(letters))
    tokens = [*letters, *(left + right for left, right in pairs), *SPECIAL]
    model = {
        "general.architecture": "qwen3",
        "general.parameter_count": 8_190_735_360,
        "qwen3.context_length": 40_960,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.ggml.bos_token_id": TOKENS,
        "tokenizer.ggml.eos_token_id": TOKENS + 2,
        "tokenizer.ggml.padding_token_id": TOKENS,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [NORMAL] * TOKENS + [CONTROL] * len(SPECIAL),
        "tokenizer.ggml.merges": [f"{left} {right}" for left, right in pairs],
    }
    return {
        "template": TEMPLATE,
        "parameters": f"num_ctx {CONTEXT_TOKENS}",
        "details": details(),
        "model_info": model,
        "capabilities": ["completion", "tools", "thinking"],
    }


def details() -> dict[str, object]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": "qwen3",
        "families": ["qwen3"],
        "parameter_size": "8.2B",
        "quantization_level": "Q4_K_M",
    }


def listed() -> dict[str, object]:
    name = {"name": MODEL, "model": MODEL, "digest": DIGEST, "size": 5_225_388_164}
    return {**name, "modified_at": "2025-10-01T12:00:00Z", "details": details()}


def resident() -> dict[str, object]:
    memory = {
        "size_vram": 6_500_000_000,
        "context_length": CONTEXT_TOKENS,
        "expires_at": "2318-01-01T00:00:00Z",
    }
    return {**listed(), **memory}


def write_replies(folder: Path) -> dict[str, Path]:
    """The files for upstream.c, by the path that each answers."""
    replies = {
        "/api/show": show(),
        "/api/tags": {"models": [listed()]},
        "/api/ps": {"models": [resident()]},
        "/api/version": {"version": "0.32.15"},
    }
    paths = {path: folder / f"{path.rpartition('/')[2]}.json" for path in replies}
    for path, reply in replies.items():
        paths[path].write_text(json.dumps(reply), encoding="utf-8")
    return paths
