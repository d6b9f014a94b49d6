# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Values made up to fit a JSON schema: for `format` and for the arguments of a tool."""

from __future__ import annotations

from typing import Any

DEEPEST = 8
_SCALARS: dict[str, Any] = {"integer": 1, "number": 1.0, "boolean": True, "null": None, "array": []}


def made_up(schema: Any, depth: int = 0) -> Any:
    """A value of the schema's type; objects get all their properties."""
    if not isinstance(schema, dict) or depth > DEEPEST:
        return "simulated"
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if kind == "object" or isinstance(schema.get("properties"), dict):
        properties = schema.get("properties") or {}
        return {name: made_up(inner, depth + 1) for name, inner in properties.items()}
    return _SCALARS.get(str(kind), "simulated")
