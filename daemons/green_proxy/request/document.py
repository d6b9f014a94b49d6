# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
JSON objects, read strictly and written as they came.

Strict, because a server behind might read what is doubtful in another way than the proxy: keys given
twice, NaN, invalid UTF-8, text behind the end. What is written again is the client's own bytes but for
the members that were changed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NoReturn

from green_proxy.fault import Fault
from green_proxy.request.bounds import excess_of
from green_proxy.request.cuts import Cuts, cut, place_in_original, restore

# Bodies above this are better read in a thread: what takes long there lets other threads run.
LARGE_BYTES = 64 * 1024
MAX_MEMBERS = 10_000
MAX_SHOWN_CHARACTERS = 40
_OPENING = re.compile(r"[ \t\n\r]*\{[ \t\n\r]*(\}[ \t\n\r]*)?")
_PLAIN_KEY = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*')
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_SEPARATOR = re.compile(r"[ \t\n\r]*([,}])[ \t\n\r]*")
# Python's parser has fixed texts, here in our words; none holds anything of the body.
_SAID = {
    "Expecting value": "a value is missing or malformed",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name enclosed in double quotes": "a key in double quotes is missing",
    "Unterminated string starting at": "a string has no end",
    "Extra data": "there is text behind its end",
    "Invalid control character at": "a string has a bare control character",
    "Invalid \\escape": "a string has an invalid escape",
    "Invalid \\uXXXX escape": "a string has an invalid \\u escape",
    "Illegal trailing comma before end of object": "a comma has nothing behind it",
    "Illegal trailing comma before end of array": "a comma has nothing behind it",
}


@dataclass(slots=True)
class Document:
    """An object, and where each of its members stands in the text it was read from."""

    fields: dict[str, Any]
    source: bytes  # with long base64 texts cut out
    spans: dict[str, tuple[int, int]]
    cuts: Cuts

    @classmethod
    def empty(cls) -> Document:
        return cls({}, b"", {}, {})

    def written(self, fields: dict[str, Any], changed: Collection[str]) -> bytes:
        """The object with these fields; of those that did not change, as they stood."""
        try:
            body = self._text(fields, changed, _encode).encode()
        except UnicodeEncodeError:
            # A lone surrogate can only be escaped.
            body = self._text(fields, changed, _encode_ascii).encode()
        return restore(body, self.cuts)

    def _text(self, fields: dict[str, Any], changed: Collection[str], encode: Callable[[object], str]) -> str:
        text, spans = self.source.decode(), self.spans
        members = []
        for name, value in fields.items():
            if name in changed or name not in spans:
                members.append(f"{encode(name)}:{encode(value)}")
            else:
                start, end = spans[name]
                members.append(text[start:end])
        return "{" + ",".join(members) + "}"


def parse_object(body: bytes) -> Document:
    """Raises Fault (400, or 413 for too many values); it tells what is wrong, never what the body says."""
    source, cuts = cut(body) if len(body) > LARGE_BYTES else (body, {})
    excess = excess_of(source)
    if excess is not None:
        at = place_in_original(source, excess.at, cuts)
        raise Fault(excess.status, f"the body {excess.said}, seen before byte {at}")
    try:
        fields, spans = _members(source.decode())
    except UnicodeDecodeError as error:
        raise _fault("it is not UTF-8", place_in_original(source, error.start, cuts)) from None
    except json.JSONDecodeError as error:
        at = len(error.doc[: error.pos].encode())
        said = _SAID.get(error.msg, "something is out of place")
        raise _fault(said, place_in_original(source, at, cuts)) from None
    except ValueError:
        # int() refuses more digits than sys.get_int_max_str_digits().
        raise _fault("a number has too many digits") from None
    return Document(fields, source, spans, cuts)


def shown(key: str) -> str:
    """A key that a client chose, fit for a text that others read."""
    short = key if len(key) <= MAX_SHOWN_CHARACTERS else key[:MAX_SHOWN_CHARACTERS] + "…"
    return "".join(c if c.isprintable() else "?" for c in short)


def _members(text: str) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    """The object's members one by one: the parser alone does not tell where they stand."""
    fields: dict[str, Any] = {}
    spans: dict[str, tuple[int, int]] = {}
    opening = _OPENING.match(text)
    if opening is None:
        raise Fault(400, "the body is no JSON object, which starts with {")
    at, closed = opening.end(), opening[1] is not None
    while not closed:
        plain = _PLAIN_KEY.match(text, at)
        key, start = (plain[1], plain.end()) if plain else _escaped_key(text, at)
        value, end = _read(text, start)
        if key in fields:
            _given_twice(key)
        if len(fields) == MAX_MEMBERS:
            raise Fault(413, f"the body has more than {MAX_MEMBERS} keys")
        fields[key] = value
        spans[key] = (at, end)
        separator = _SEPARATOR.match(text, end)
        if separator is None:
            raise json.JSONDecodeError("Expecting ',' delimiter", text, end)
        at, closed = separator.end(), separator[1] == "}"
    if at < len(text):
        raise json.JSONDecodeError("Extra data", text, at)
    return fields, spans


def _escaped_key(text: str, at: int) -> tuple[str, int]:
    """The key that stands here, and where its value starts."""
    if not text.startswith('"', at):
        raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
    key, end = _read(text, at)
    colon = _COLON.match(text, end)
    if colon is None:
        raise json.JSONDecodeError("Expecting ':' delimiter", text, end)
    return key, colon.end()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                _given_twice(key)
            seen.add(key)
    return members


def _given_twice(key: str) -> NoReturn:
    # Servers differ in which one they take.
    raise Fault(400, f'an object in the body has the key "{shown(key)}" twice')


def _finite(literal: str) -> float:
    value = float(literal)
    if math.isinf(value):
        raise Fault(400, "a number in the body is too large for a double")
    return value


def _no_number(literal: str) -> NoReturn:
    raise Fault(400, f"{literal} in the body is no JSON")


def _fault(said: str, at: int | None = None) -> Fault:
    where = "" if at is None else f" at byte {at}"
    return Fault(400, f"the body is not valid JSON: {said}{where}")


_read = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_number).raw_decode
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode
