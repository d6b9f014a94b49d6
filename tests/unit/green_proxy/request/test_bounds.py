# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How deep and how large a body may be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from green_proxy.request.bounds import MAX_DEPTH, MAX_VALUES, excess_of

MIB = 1 << 20
ANYTHING = st.recursive(
    st.none() | st.text(alphabet='ab"\\[]{},', max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=30,
)


def test_the_deepest_that_is_allowed_passes() -> None:
    """The limit counts the outermost object too."""
    body = b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"

    assert excess_of(body) is None


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a\\"[":'])
def test_one_level_more_is_too_deep(opening: bytes) -> None:
    """Lists and objects count alike."""
    excess = excess_of(b'{"a":' + opening * MAX_DEPTH)

    assert excess is not None
    assert excess.status == 400


def test_hostile_nesting_is_refused_at_its_first_piece() -> None:
    """60 MiB of brackets cost as much as 64 KiB."""
    excess = excess_of(b'{"a":' + b"[" * (60 * MIB))

    assert excess is not None
    assert excess.at <= 64 * 1024


def test_brackets_within_strings_do_not_count() -> None:
    """Prompts hold source code."""
    assert excess_of(json.dumps({"prompt": '["{' * 1000, "more": "\\"}).encode()) is None


def test_many_short_objects_are_not_deep() -> None:
    """Each ends before the next begins."""
    assert excess_of(json.dumps({"a": [{"b": []}] * 100_000}).encode()) is None


def test_too_many_values_are_too_large() -> None:
    """A small body can become a large heap."""
    excess = excess_of(b'{"a":[' + b"1," * MAX_VALUES + b"1]}")

    assert excess is not None
    assert excess.status == 413


def test_commas_within_a_text_are_no_values() -> None:
    """A long text is one value."""
    assert excess_of(b'{"a":"' + b"," * (MAX_VALUES + 1) + b'"}') is None


def test_too_many_strings_are_too_large_even_without_commas() -> None:
    """Malformed bodies are counted as well."""
    excess = excess_of(b'"' * (4 * MAX_VALUES + MIB))

    assert excess is not None
    assert excess.status == 413


def test_an_escape_that_spans_two_pieces_is_seen_whole() -> None:
    """A quote behind a long run of backslashes is judged by all of them."""
    for count in range(64 * 1024 - 10, 64 * 1024 + 2):
        body = b'{"a":"' + b"\\" * count
        body += b'"' if count % 2 else b'","b":"'

        assert excess_of(body + b"[" * 200 + b'"}') is None


@given(ANYTHING, st.integers(1, 5))
def test_the_count_of_levels_is_exact(value: Any, times: int) -> None:
    """As deep as the value is, and no deeper."""
    around = MAX_DEPTH - _depth(value)
    body = b"[" * around + json.dumps(value).encode() * times + b"]" * around

    assert excess_of(body) is None
    assert excess_of(b"[" + body) is not None


def _depth(value: Any) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)
