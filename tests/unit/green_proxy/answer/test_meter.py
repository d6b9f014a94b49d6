# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Answers counted as they pass."""

from __future__ import annotations

import itertools
import json

from hypothesis import given, strategies as st

from green_proxy.answer.meter import NDJSON, SSE, TAIL_BYTES, Meter, Tail
from green_proxy.answer.usage import Usage

ROLE = {"choices": [{"delta": {"role": "assistant", "content": None}}]}
STOP = {"choices": [{"delta": {}, "finish_reason": "stop"}]}


def word(text: str) -> dict[str, object]:
    return {"choices": [{"delta": {"content": text}}]}


def sse(*events: object) -> bytes:
    data = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    return b": a comment\n\n" + data + b"data: [DONE]\n\n"


def cut(text: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({min(place, len(text)) for place in places} | {0, len(text)})
    return [text[start:end] for start, end in itertools.pairwise(ends)]


ANSWER = sse(ROLE, *(word(f"data:{number}\n") for number in range(20)), STOP)


@given(st.lists(st.integers(0, len(ANSWER)), max_size=60))
def test_tokens_do_not_depend_on_how_the_bytes_arrive(places: list[int]) -> None:
    """Wherever the network cuts the stream, its twenty words are counted once each."""
    meter = Meter(f"{SSE}; charset=utf-8")

    begun = [meter.see(chunk) for chunk in cut(ANSWER, places)]

    assert begun.count(True) == 1
    assert Usage(output_tokens=20, tokens_counted=True) == meter.usage()


def test_the_first_token_is_not_the_role() -> None:
    """Servers open a stream with an event that only says who speaks."""
    meter = Meter(SSE)

    assert not meter.see(b"data: " + json.dumps(ROLE).encode() + b"\n\n")
    assert meter.see(b"data: " + json.dumps(word("a")).encode() + b"\n\n")
    assert meter.tokens == 1


def test_a_servers_own_count_wins() -> None:
    """What was counted here is the second best."""
    meter = Meter(NDJSON)
    meter.see(b'{"message":{"content":"a b c"},"done":false}\n')
    meter.see(b'{"message":{"content":""},"done":true,"eval_count":3}\n')

    assert Usage(output_tokens=3) == meter.usage()


def test_a_stream_that_only_loads_has_no_tokens() -> None:
    """A preload answers with one line without text."""
    meter = Meter(NDJSON)

    assert not meter.see(b'{"model":"m","response":"","done":true,"done_reason":"load"}\n')
    assert Usage(output_tokens=0, tokens_counted=True) == meter.usage()


def test_an_answer_in_one_piece_is_not_counted() -> None:
    """Without the server's word its tokens are unknown, not zero."""
    meter = Meter("application/json")

    assert not meter.see(b'{"choices":[{"message":{"content":"a"}}]}')
    assert Usage() == meter.usage()


def test_only_the_end_of_a_stream_is_kept() -> None:
    """Memory stays bounded however long the answer is."""
    tail = Tail()

    for _ in range(1000):
        tail.add(b"x" * 1000)
    tail.add(b"end")

    assert len(tail.bytes()) == TAIL_BYTES
    assert tail.bytes().endswith(b"xend")


def test_what_a_stream_tells_at_its_start_alone_is_not_lost() -> None:
    """Anthropic's names the prompt's tokens there, far from the end of a long answer."""
    start = {
        "type": "message_start",
        "message": {"usage": {"input_tokens": 5, "cache_read_input_tokens": 40}},
    }
    text = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "x" * 1000}}
    end = {"type": "message_delta", "usage": {"output_tokens": 50}}
    meter = Meter(SSE)

    for event in (start, *(text for _ in range(50)), end):
        meter.see(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

    assert meter.usage() == Usage(45, 50, cached_tokens=40)
