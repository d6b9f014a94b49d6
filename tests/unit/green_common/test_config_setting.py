# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What each kind of setting allows."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from green_common.config.setting import address, choice, name, number, path, split_address, url, whole


@attrs.frozen
class Sample:
    whole: int = whole(5, 1, 10, "a count")
    number: float = number(0.5, 0.1, 10, "a time")
    choice: str = choice("a", ("a", "b"), "one of two")
    address: str = address("127.0.0.1:1", "where to listen")
    url: str = url("http://a", "where to call")
    path: str = path("/a", "a file")
    name: str = name("a", "a group")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("whole", 1),
        ("whole", 10),
        ("number", 1),
        ("number", 0.1),
        ("choice", "b"),
        ("address", "localhost:65535"),
        ("address", "[::1]:18789"),
        ("address", "0.0.0.0:80"),
        ("url", "https://example.org:8443/v1"),
        ("url", "http://[::1]:11434"),
        ("path", "/run/é" + "a" * 92),
        ("name", "user@example.org"),
    ],
)
def test_what_is_allowed(key: str, value: Any) -> None:
    """It is kept as it is."""
    assert getattr(attrs.evolve(Sample(), **{key: value}), key) == value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("whole", 0),
        ("whole", 11),
        ("whole", 1.0),
        ("whole", True),
        ("whole", "5"),
        ("number", 0.05),
        ("number", float("nan")),
        ("number", float("inf")),
        ("number", True),
        ("number", "1"),
        ("choice", "c"),
        ("choice", ["a"]),
        ("address", 7),
        ("address", "127.0.0.1"),
        ("address", "127.0.0.1:0"),
        ("address", "127.0.0.1:65536"),
        ("address", ":80"),
        ("address", "::1:80"),
        ("address", "me@host:80"),
        ("address", "@host:80"),
        ("address", "host:80/path"),
        ("address", "host:80?query"),
        ("address", "host:80#part"),
        ("url", "ftp://a"),
        ("url", "http://"),
        ("url", "a:80"),
        ("url", "http://a?b"),
        ("url", "http://a#b"),
        ("url", "http://a:0"),
        ("url", "http://a:70000"),
        ("url", "http://a b"),
        ("url", "http://\u00e4"),
        ("url", "http://a/\x7f"),
        ("url", 7),
        ("path", "relative"),
        ("path", "/" + "a" * 100),
        ("path", "/" + "\u00e9" * 60),
        ("path", "/a\0b"),
        ("path", "/a\nb"),
        ("path", "/a\udcff"),
        ("path", 7),
        ("name", ""),
        ("name", "two words"),
        ("name", 7),
    ],
)
def test_what_is_not_allowed(key: str, value: Any) -> None:
    """A TypeError or ValueError, which the loader turns into a sentence."""
    with pytest.raises((TypeError, ValueError)):
        attrs.evolve(Sample(), **{key: value})


def test_each_setting_says_what_it_allows_and_means() -> None:
    """For messages, the sample file and the manual."""
    fields = attrs.fields_dict(Sample)

    assert fields["whole"].metadata["allowed"] == "a whole number from 1 to 10"
    assert fields["number"].metadata["allowed"] == "a number from 0.1 to 10"
    assert fields["choice"].metadata["allowed"] == "one of a, b"
    assert fields["path"].metadata["meaning"] == "a file"
    assert [key for key, field in fields.items() if field.metadata["restart"]] == [
        "address",
        "url",
        "path",
        "name",
    ]


@pytest.mark.parametrize(
    ("text", "expected"), [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:18789", ("::1", 18789))]
)
def test_an_address_is_split(text: str, expected: tuple[str, int]) -> None:
    """Brackets belong to the text, not to the host."""
    assert split_address(text) == expected
