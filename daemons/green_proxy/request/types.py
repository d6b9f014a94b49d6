# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether fields that the proxy reads have a type that it can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from green_proxy.fault import Fault
from green_proxy.request.dialect import LIST, OBJECT, OPTION_TYPES, TEXT, TEXT_OR_LIST, Allowed, Dialect
from green_proxy.request.document import Document, shown

_FOUND = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
_MESSAGE_TYPES = {"role": TEXT, "content": TEXT_OR_LIST, "images": LIST}


def check_types(fields: Mapping[str, Any], dialect: Dialect) -> None:
    """Raises Fault 400. Null passes wherever a field may be left out."""
    name = _first_wrong(fields, dialect.types)
    if name is not None:
        raise _wrong(name, fields[name], dialect.types[name])
    if dialect.messages and isinstance(fields.get(dialect.messages), list):
        _check_messages(dialect.messages, fields[dialect.messages])
    if dialect.in_options and fields.get("options"):
        options = fields["options"]
        name = _first_wrong(options, OPTION_TYPES)
        if name is not None:
            raise _wrong(f"options.{name}", options[name], OPTION_TYPES[name])


def fold(document: Document, known: Mapping[str, Allowed]) -> None:
    """Takes "Model" for "model", as Go does; the body keeps it as it stands."""
    for name in [name for name in document.fields if name not in known]:
        folded = name.casefold()
        # Go folds letter by letter: it does not take "ß" for "ss".
        if folded not in known or len(folded) != len(name):
            continue
        if folded in document.fields:
            text = f'the keys "{shown(name)}" and "{folded}" are the same one to the model server'
            raise Fault(400, text)
        document.fields[folded] = document.fields.pop(name)
        document.spans[folded] = document.spans.pop(name)


def _check_messages(key: str, messages: list[Any]) -> None:
    for index, message in enumerate(messages):
        if type(message) is not dict:
            raise _wrong(f"{key}[{index}]", message, OBJECT)
        name = _first_wrong(message, _MESSAGE_TYPES)
        if name is not None:
            raise _wrong(f"{key}[{index}].{name}", message[name], _MESSAGE_TYPES[name])


def _first_wrong(holder: Mapping[str, Any], types: Mapping[str, Allowed]) -> str | None:
    for name, value in holder.items():
        allowed = types.get(name)
        if allowed is not None and type(value) not in allowed.types:
            return name
    return None


def _wrong(name: str, value: Any, allowed: Allowed) -> Fault:
    text = f"{name} is {_FOUND[type(value)]}; it has to be {allowed.said}"
    return Fault(400, text)
