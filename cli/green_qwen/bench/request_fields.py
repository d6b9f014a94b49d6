# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The further fields of each request (--fields), and in which of them two measurements differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

SHOWN_MOST = 80
NOT_GIVEN = "not given"
NO_FIELDS = "{}"


def text_of(fields: Mapping[str, Any]) -> str:
    """As JSON, so that it can be a key; nothing is added, left out or moved."""
    return json.dumps(fields)


def shown(fields: str) -> str:
    """For people: cut where it is long, such as a schema that answers have to follow."""
    return fields if len(fields) <= SHOWN_MOST else f"{fields[: SHOWN_MOST - 1]}…"


def differences(one: str, other: str) -> Iterator[tuple[str, str, str]]:
    """Each field that is not the same in both: its name, as `options.temperature`, and both values."""
    left, right = dict(_leaves(json.loads(one))), dict(_leaves(json.loads(other)))
    for name in dict.fromkeys([*left, *right]):
        values = left.get(name, NOT_GIVEN), right.get(name, NOT_GIVEN)
        if values[0] != values[1]:
            yield name, *values


def _leaves(fields: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Values as JSON: to Python, true and 1 are the same."""
    for name, value in fields.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", json.dumps(value, sort_keys=True)
