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
import re
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
Writer = typing.Callable[[object], "str | None"]
# JSON can say half a character, which can't be written anywhere: no journal, no status, no file.
_SURROGATE = re.compile("[\ud800-\udfff]")
_quoted = json.encoder.encode_basestring_ascii
# Version and number, with the largest number that a connection will see.
MAX_HEAD_BYTES = 64


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
    return numbered(encode_once(message, time_s=time_s), number)


def encode_once(message: Message, *, time_s: float) -> str:
    """What is the same for all readers; `numbered` makes one reader's message of it. Raises FeedError."""
    kind = type(message)
    parts = [f'"t_s":{time_s:.6f},"type":"{_NAMES[kind]}"']
    for name, written in _WRITERS[kind]:
        text = written(getattr(message, name))
        if text is None:
            raise FeedError(f"'{_NAMES[kind]}' can't be sent with {name} = {getattr(message, name)!r:.80}")
        if text:
            parts.append(f'"{name}":{text}')
    body = ",".join(parts)
    if len(body) > MAX_MESSAGE_BYTES - MAX_HEAD_BYTES:
        raise FeedError(f"a '{_NAMES[kind]}' of {len(body)} bytes does not fit in {MAX_MESSAGE_BYTES}")
    return body


def numbered(body: str, number: int) -> bytes:
    return f'{{"v":{PROTOCOL_VERSION},"n":{number},{body}}}'.encode()


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
    return isinstance(value, str) and len(value) <= MAX_TEXT_CHARACTERS and not _SURROGATE.search(value)


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


def _writer_for(hint: Any) -> Writer:
    """A value's JSON; the empty text where it is left out, None where it can't be sent."""
    if isinstance(hint, types.UnionType):
        written = _writer_for(next(one for one in typing.get_args(hint) if one is not type(None)))
        return lambda value: "" if value is None else written(value) or ""
    return _WRITER_OF_TYPE[hint]


def _write_text(value: object) -> str | None:
    return _quoted(_SURROGATE.sub("?", value[:MAX_TEXT_CHARACTERS])) if isinstance(value, str) else None


def _write_texts(value: object) -> str | None:
    if not _is_texts(value):
        return None
    return "[" + ",".join(map(_quoted, typing.cast("tuple[str, ...]", value))) + "]"


_WRITER_OF_TYPE: dict[Any, Writer] = {
    bool: lambda value: ("true" if value else "false") if isinstance(value, bool) else None,
    int: lambda value: str(value) if _is_whole(value) else None,
    float: lambda value: repr(value) if _is_number(value) else None,
    str: _write_text,
    tuple[str, ...]: _write_texts,
}

_NAMES: dict[Any, str] = {kind: name for name, kind in (FROM_PROXY | FROM_READER).items()}
_CHECKS: dict[Any, dict[str, Check]] = {kind: _checks_of(kind) for kind in _NAMES}
_WRITERS: dict[Any, list[tuple[str, Writer]]] = {
    kind: [(name, _writer_for(hint)) for name, hint in typing.get_type_hints(kind).items()] for kind in _NAMES
}
