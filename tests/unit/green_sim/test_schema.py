# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Values that fit a JSON schema."""

from __future__ import annotations

from typing import Any

import pytest

from green_sim.ollama.schema import made_up


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "simulated"),
        ({"type": "integer"}, 1),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "array", "items": {"type": "string"}}, []),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": 7}, 7),
        ({"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}}, {"a": 1, "b": "simulated"}),
        ({"properties": {"a": {"type": "number"}}}, {"a": 1.0}),
        (None, "simulated"),
    ],
)
def test_value_fits_its_schema(schema: Any, value: Any) -> None:
    """By type, by choice, or by property."""
    assert made_up(schema) == value


def test_endless_schema_ends() -> None:
    """One that holds itself is cut off."""
    schema: dict[str, Any] = {"type": "object"}
    schema["properties"] = {"again": schema}

    assert made_up(schema)
