# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A Modelfile that tune wrote, read again: from which model its own is made, and with which parameters."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """What Ollama has to be told to make the model."""

    model: str
    parameters: dict[str, int | bool]


def recipe_of(text: str) -> Recipe | None:
    """Nothing where it is not as tune writes it: Ollama reads more than this does."""
    model, parameters = "", {}
    for line in text.splitlines():
        match line.split():
            case ["FROM", name] if not model:
                model = name
            case ["PARAMETER", name, value] if name not in parameters and _is_plain(value):
                parameters[name] = json.loads(value)
            case [first, *_] if first.startswith("#"):
                pass
            case _:
                return None
    return Recipe(model, parameters) if model else None


def _is_plain(value: str) -> bool:
    return value.isdecimal() or value in ("true", "false")
