# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Reading a request's body, with the real server's words for what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

MAX_BODY_BYTES = 64 * 1024**2


class ApiError(Exception):
    """A request that is answered with an error before anything was generated."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Body:
    """The JSON object of a request; every read checks the type."""

    __slots__ = ("_fields",)

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def text(self, key: str) -> str:
        """A string; empty where it is missing."""
        return str(self._typed(key, str, "string") or "")

    def flag(self, key: str) -> bool | None:
        """A boolean, or nothing."""
        value = self._typed(key, bool, "bool")
        return None if value is None else bool(value)

    def whole(self, key: str) -> int | None:
        """A whole number, or nothing."""
        value = self._fields.get(key)
        # JSON knows no whole numbers, so 5.0 is one as well.
        if isinstance(value, float) and value.is_integer():
            return int(value)
        value = self._typed(key, int, "int")
        return None if value is None else int(value)

    def table(self, key: str) -> Body:
        """An object; empty where it is missing."""
        return Body(self._typed(key, dict, "object") or {})

    def tables(self, key: str) -> list[Body]:
        """A list of objects; empty where it is missing."""
        items = self._typed(key, list, "array") or []
        if not all(isinstance(item, dict) for item in items):
            raise _mismatch(key, "array of objects")
        return [Body(item) for item in items]

    def raw(self, key: str) -> Any:
        """The value as it came."""
        return self._fields.get(key)

    def raw_items(self) -> dict[str, Any]:
        """All fields as they came."""
        return self._fields

    def _typed(self, key: str, kind: type, name: str) -> Any:
        value = self._fields.get(key)
        if value is None or (isinstance(value, kind) and (kind is bool or not isinstance(value, bool))):
            return value
        raise _mismatch(key, name)


async def read_body(request: Request) -> Body:
    """The body of a request; raises ApiError 400 for one that is no JSON object."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BODY_BYTES:
            raise ApiError(413, "http: request body too large")
    if not content.strip():
        raise ApiError(400, "missing request body")
    try:
        fields = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"invalid request body: {error}") from error
    if not isinstance(fields, dict):
        raise ApiError(400, "json: cannot unmarshal the body into an object")
    return Body(fields)


def _refuse_constant(name: str) -> None:
    """Python reads NaN and Infinity, which are no JSON."""
    raise ValueError(f"invalid character in literal {name}")


def _mismatch(key: str, name: str) -> ApiError:
    return ApiError(400, f"json: cannot unmarshal field {key!r} into a value of type {name}")
