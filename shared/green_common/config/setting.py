# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One setting of the configuration: its default, what is allowed, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import attrs
from attrs import validators

Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def whole(default: int, low: int, high: int, meaning: str) -> Any:
    allowed = f"a whole number from {low} to {high}"
    return _setting(default, [_is_int, validators.ge(low), validators.le(high)], allowed, meaning)


def number(default: float, low: float, high: float, meaning: str) -> Any:
    allowed = f"a number from {low:g} to {high:g}"
    return _setting(default, [_is_number, validators.ge(low), validators.le(high)], allowed, meaning)


def choice(default: str, options: tuple[str, ...], meaning: str) -> Any:
    return _setting(default, [validators.in_(options)], "one of " + ", ".join(options), meaning)


def switch(meaning: str, *, default: bool) -> Any:
    return _setting(default, [validators.instance_of(bool)], "true or false", meaning)


def names(meaning: str) -> Any:
    """A list of names, as installed empty."""
    allowed = 'a list of texts, like ["qwen3:32b"]'
    return _setting((), [_are_texts], allowed, meaning, converter=_tuple_of_list)


def address(default: str, meaning: str) -> Any:
    allowed = "HOST:PORT with a port from 1 to 65535, like 127.0.0.1:18789 or [::1]:18789"
    return _setting(default, [_is_text, _is_address], allowed, meaning, restart=True)


def optional_address(default: str, meaning: str) -> Any:
    """Like `address`; the empty text means that there is none."""
    allowed = "HOST:PORT with a port from 1 to 65535, like 127.0.0.1:8080, or nothing between the quotes"
    return _setting(default, [_is_text, _is_address_or_empty], allowed, meaning, restart=True)


def url(default: str, meaning: str) -> Any:
    allowed = "an address like http://127.0.0.1:11434"
    return _setting(default, [_is_text, _is_url], allowed, meaning, restart=True)


def path(default: str, meaning: str) -> Any:
    allowed = "an absolute path of at most 100 characters"
    return _setting(default, [_is_text, _is_absolute], allowed, meaning, restart=True)


def name(default: str, meaning: str) -> Any:
    allowed = "a name of letters, digits and the signs @ . _ : -"
    pattern = validators.matches_re(r"[A-Za-z0-9@._:-]{1,100}")
    return _setting(default, [_is_text, pattern], allowed, meaning, restart=True)


def split_address(text: str) -> tuple[str, int]:
    """Host and port of 'HOST:PORT'; an IPv6 host stands in brackets. Raises ValueError."""
    parts = urlsplit(f"//{text}")
    if not parts.hostname or not parts.port or parts.netloc != text or parts.username is not None:
        raise ValueError(f"not HOST:PORT: {text}")
    return parts.hostname, parts.port


def _setting(
    default: Any,
    checks: list[Validator],
    allowed: str,
    meaning: str,
    *,
    restart: bool = False,
    converter: Callable[[Any], Any] | None = None,
) -> Any:
    metadata = {"allowed": allowed, "meaning": meaning, "restart": restart}
    return attrs.field(default=default, validator=checks, metadata=metadata, converter=converter)


def _tuple_of_list(value: Any) -> Any:
    """A configuration compares and can't be changed; TOML's lists could be."""
    return tuple(value) if isinstance(value, list) else value


def _are_texts(_instance: Any, _attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, tuple) or not all(isinstance(text, str) and text for text in value):
        raise TypeError("not a list of texts")


def _is_int(_instance: Any, _attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a whole number")


def _is_number(_instance: Any, _attribute: attrs.Attribute[Any], value: Any) -> None:
    # NaN compares false with every bound, so ge and le refuse it.
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError("not a number")


def _is_text(_instance: Any, _attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError("not a text")


def _is_address(_instance: Any, _attribute: attrs.Attribute[Any], value: str) -> None:
    split_address(value)


def _is_address_or_empty(instance: Any, attribute: attrs.Attribute[Any], value: str) -> None:
    if value:
        _is_address(instance, attribute, value)


def _is_url(_instance: Any, _attribute: attrs.Attribute[Any], value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("not an HTTP address")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("not an HTTP address")
    # Only looking at it finds a port that is none.
    if parts.port == 0:
        raise ValueError("not a port")


def _is_absolute(_instance: Any, _attribute: attrs.Attribute[Any], value: str) -> None:
    # Bytes that are no UTF-8 come from the environment as surrogates, which are not printable.
    if not value.startswith("/") or not value.isprintable():
        raise ValueError("not an absolute path")
    # A Unix socket's address holds 107 bytes.
    if len(value.encode()) > 100:
        raise ValueError("too long")
