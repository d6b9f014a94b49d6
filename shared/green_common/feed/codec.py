# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Bytes to messages and back, strictly.

Whoever reads the feed as root trusts nothing in it: sizes are bounded, types are checked, unknown
fields are ignored, an unknown version is refused.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from green_common.errors import GreenError
from green_common.feed.messages import FROM_PROXY, FROM_READER, MAX_MESSAGE_BYTES, PROTOCOL_VERSION, Message

MAX_TEXT_CHARACTERS = 200
MAX_TEXTS = 16
MAX_WHOLE = 2**53

M = TypeVar("M")
Check = typing.Callable[[object], bool]


class FeedError(GreenError):
    """The other end of the feed sent something that can't be trusted."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a type that this version does not know; it may be skipped."""

    type: str


@dataclass(frozen=True, slots=True)
class Envelope(Generic[M]):
    """A message with its number on the connection and the sender's monotonic time."""

    number: int
    time_s: float
    message: M


def encode(message: Message, *, number: int, time_s: float) -> bytes:
    """
    The bytes of a message, such that `decode` accepts them.

    Long texts are cut, and an optional value that is out of bounds is left out: one model server that
    counts nonsense must not cost every reader. Raises FeedError where that does not help.
    """
    kind = type(message)
    fields = {name: _sendable(kind, name, getattr(message, name)) for name in _CHECKS[kind]}
    head = {"v": PROTOCOL_VERSION, "n": number, "t_s": round(time_s, 6), "type": _NAMES[kind]}
    text = json.dumps(head | {k: v for k, v in fields.items() if v is not None}, separators=(",", ":"))
    if len(text) > MAX_MESSAGE_BYTES:
        raise FeedError(f"a '{head['type']}' of {len(text)} bytes does not fit in {MAX_MESSAGE_BYTES}")
    return text.encode()


def decode(datagram: bytes, known: dict[str, type]) -> Envelope[Any]:
    """
    The message in a datagram; `known` is FROM_PROXY or FROM_READER.

    A type that is not in `known` comes as `Unknown`. Raises FeedError for everything else that is wrong.
    """
    content = _parse(datagram)
    version = content.get("v")
    if version != PROTOCOL_VERSION or isinstance(version, bool):
        raise FeedError(f"version {version!r:.40} of the feed is not known here, only {PROTOCOL_VERSION}")
    number, time_s = content.get("n"), content.get("t_s")
    if not isinstance(number, int) or not _is_whole(number) or not _is_number(time_s):
        raise FeedError("a message without a valid number and time")
    name = content.get("type")
    if not isinstance(name, str) or not _is_text(name):
        raise FeedError("a message without a valid type")
    kind = known.get(name)
    message = _build(kind, content) if kind else Unknown(name)
    return Envelope(number, float(str(time_s)), message)


def _sendable(kind: type, name: str, value: Any) -> Any:
    if isinstance(value, str):
        value = value[:MAX_TEXT_CHARACTERS]
    check = _CHECKS[kind][name]
    if check(value):
        return value
    if check(None):
        return None
    raise FeedError(f"'{_NAMES[kind]}' can't be sent with {name} = {value!r:.80}")


def _parse(datagram: bytes) -> dict[str, Any]:
    if len(datagram) > MAX_MESSAGE_BYTES:
        raise FeedError(f"a message of more than {MAX_MESSAGE_BYTES} bytes")
    try:
        content = json.loads(datagram)
    except (ValueError, RecursionError) as error:
        raise FeedError("a message that is not JSON") from error
    if not isinstance(content, dict):
        raise FeedError("a message that is not a JSON object")
    return content


def _build(kind: type, content: dict[str, Any]) -> Any:
    values = {}
    for name, check in _CHECKS[kind].items():
        if name in content:
            if not check(content[name]):
                raise FeedError(f"'{_NAMES[kind]}' with a wrong value for '{name}'")
            value = content[name]
            values[name] = tuple(value) if isinstance(value, list) else value
    try:
        return kind(**values)
    except TypeError as error:
        raise FeedError(f"'{_NAMES[kind]}' without all of its fields") from error


def _checks_of(kind: Any) -> dict[str, Check]:
    hints = typing.get_type_hints(kind)
    return {field.name: _check_for(hints[field.name]) for field in dataclasses.fields(kind)}


def _check_for(hint: Any) -> Check:
    if isinstance(hint, types.UnionType):
        checks = [_check_for(option) for option in typing.get_args(hint)]
        return lambda value: any(check(value) for check in checks)
    return _CHECK_OF_TYPE[hint]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_WHOLE


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value) and value >= 0)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT_CHARACTERS


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) <= MAX_TEXTS and all(map(_is_text, value))


_CHECK_OF_TYPE: dict[Any, Check] = {
    bool: lambda value: isinstance(value, bool),
    int: _is_whole,
    float: _is_number,
    str: _is_text,
    tuple[str, ...]: _is_texts,
    type(None): lambda value: value is None,
}

_NAMES: dict[Any, str] = {kind: name for name, kind in (FROM_PROXY | FROM_READER).items()}
_CHECKS: dict[Any, dict[str, Check]] = {kind: _checks_of(kind) for kind in _NAMES}
