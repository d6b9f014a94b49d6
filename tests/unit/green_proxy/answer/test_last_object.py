# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A member added to the last object of an answer, of which all else passes as it came."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, strategies as st

from green_proxy.answer.farewell import NDJSON, SSE
from green_proxy.answer.last_object import JSON, MAX_LINE_BYTES, LastObject

MEMBER = b'"green":1'
CHAT = (
    b'data: {"choices":[{"delta":{"content":"{}"}}]}\n\n: a comment\n\n'
    b'data: {"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":1}|}\n\ndata: [DONE]\n\n'
)
MESSAGES = (
    b'event: message_start\ndata: {"type":"message_start","message":{}}\n\n'
    b'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"a"}}\n\n'
    b'event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":1}}\n\n'
    b'event: message_stop\ndata: {"type":"message_stop"|}\n\n'
)
ANSWERS = [
    (SSE, CHAT),
    (SSE, CHAT.replace(b"\n", b"\r\n")),
    (SSE, MESSAGES),
    (NDJSON, b'{"message":{"content":"a"},"done":false}\n{"message":{"content":"b"},"done":true|}\n'),
    (NDJSON, b'{"response":"a","done":false}\n{"response":"","done":true,"context":[1]|}'),
    (NDJSON, b'{"message":{"tool_calls":[{"x":{"done":true}}]}}\n{"message":{},"done":true|}\n'),
    (JSON, b'{"choices":[{"text":"}"}],"usage":{}|}'),
    (JSON, b'{"a": {} |}\n \n'),
    (JSON, b"{|}"),
    (JSON, b"{ |}"),
]


def added(media_type: str, chunks: list[bytes]) -> bytes:
    last = LastObject(media_type)
    passed = b"".join(map(last.passes, chunks))
    return passed + last.end() + last.rest(MEMBER)


def cut(text: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({min(place, len(text)) for place in places} | {0, len(text)})
    return [text[start:end] for start, end in itertools.pairwise(ends)]


@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 400), max_size=20))
def test_the_last_object_gets_the_member(answer: tuple[str, bytes], places: list[int]) -> None:
    """However the bytes arrive, at the mark and nowhere else."""
    media_type, text = answer
    comma = b"" if text in (b"{|}", b"{ |}") else b","

    whole = added(media_type, cut(text.replace(b"|", b""), places))

    assert whole == text.replace(b"|", comma + MEMBER)


@pytest.mark.parametrize(
    ("media_type", "text"),
    [(JSON, b"[1, {}]"), (JSON, b""), (SSE, b"data: [DONE]\n\n"), (NDJSON, b"\n"), (JSON, b"{")],
)
def test_what_has_no_object_stays_as_it_is(media_type: str, text: bytes) -> None:
    """Nothing is added, nothing is lost."""
    assert added(media_type, [text]) == text


def test_what_the_model_writes_is_not_held_back() -> None:
    """Each word passes with the bytes that brought it."""
    last = LastObject(SSE)

    for line in (b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n', b": ping\n\n"):
        assert last.passes(line) == line
    assert not last.found


def test_an_endless_line_passes() -> None:
    """Then nothing is added."""
    last = LastObject(SSE)
    text = b"data: " + b"x" * MAX_LINE_BYTES

    assert last.passes(text) == text
    assert last.end() + last.rest(MEMBER) == b""


pieces = st.binary(max_size=30) | st.sampled_from([b"}", b"\n"])


@given(st.sampled_from([JSON, NDJSON, SSE]), st.lists(pieces))
def test_no_byte_is_lost(media_type: str, chunks: list[bytes]) -> None:
    """Whatever a server sends."""
    assert added(media_type, chunks).replace(b"," + MEMBER, b"").replace(MEMBER, b"") == b"".join(chunks)
