# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Reads the metadata of a GGUF file, as `/api/show` of Ollama lists it; of the format only that."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

_STRING, _ARRAY = 8, 9
# By the format's number of the type, 0 to 12; strings and arrays are none.
_NUMBERS = ("<B", "<b", "<H", "<h", "<I", "<i", "<f", "<?", "", "", "<Q", "<q", "<d")


def read_metadata(file: BinaryIO) -> dict[str, Any]:
    """Keys and values at the head of a GGUF file, version 2 or 3."""
    magic, version, _tensors, pairs = struct.unpack("<4sIQQ", file.read(24))
    assert magic == b"GGUF"
    assert version in (2, 3)
    return {_string(file): _value(file, _number(file, "<I")) for _ in range(pairs)}


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _string(file)
    if kind != _ARRAY:
        return _number(file, _NUMBERS[kind])
    kind, length = struct.unpack("<IQ", file.read(12))
    if kind in (_STRING, _ARRAY):
        return [_value(file, kind) for _ in range(length)]
    form = f"<{length}{_NUMBERS[kind][1]}"
    return list(struct.unpack(form, file.read(struct.calcsize(form))))


def _number(file: BinaryIO, form: str) -> Any:
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _string(file: BinaryIO) -> str:
    return file.read(_number(file, "<Q")).decode("utf-8", "surrogateescape")
