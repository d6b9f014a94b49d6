# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the proxy asked for does not reach the client."""

from __future__ import annotations

import itertools

from hypothesis import given, strategies as st

from green_proxy.answer.usage_filter import UsageFilter

CONTENT = b'data: {"id":"1","choices":[{"delta":{"content":"hi"}}],"usage":null}\n\n'
BARE = b'data: {"id":"1","choices":[{"delta":{"content":"hi"}}]}\n\n'
TRICKY = b'data: {"choices":[{"delta":{"content":"\\"usage\\":null, \\"choices\\":[]"}}]}\n\n'
USAGE = b'data: {"id":"1","choices":[],"usage":{"prompt_tokens":3}}\n\n'
DONE = b"data: [DONE]\n\n"


def through(*parts: bytes) -> bytes:
    usage_filter = UsageFilter()
    return b"".join(map(usage_filter.passes, parts)) + usage_filter.rest()


def test_the_usage_chunk_is_taken_out() -> None:
    """The rest stays as it was, byte for byte."""
    assert through(BARE + USAGE + DONE) == BARE + DONE


def test_the_null_that_others_carry_then_goes_too() -> None:
    """A server that was not asked does not write it."""
    assert through(CONTENT, USAGE, DONE) == BARE + DONE


def test_the_zeros_that_others_carry_then_go_too() -> None:
    """As Ollama writes them into completions; what a server has counted stays."""
    zeros = b'data: {"choices":[{"text":"a"}],"usage":{"prompt_tokens":0,"total_tokens":0}}\n\n'
    counted = zeros.replace(b"0}", b"7}")

    assert through(zeros, USAGE, DONE) == b'data: {"choices":[{"text":"a"}]}\n\n' + DONE
    assert through(counted, DONE) == counted + DONE


def test_a_text_that_speaks_of_usage_stays() -> None:
    """Quotes within a text are escaped, so no text can look like a field."""
    assert through(TRICKY, USAGE, DONE) == TRICKY + DONE


def test_whole_events_are_not_held_back() -> None:
    """A token reaches the client when it comes."""
    assert UsageFilter().passes(BARE) == BARE


def test_lines_of_another_shape_pass() -> None:
    """Better to show too much than to hold anything back."""
    assert through(b'data: {"usage":1}\r\n\r\n', USAGE) == b'data: {"usage":1}\r\n\r\n'


@given(cuts=st.lists(st.integers(0, 400), max_size=6))
def test_the_cut_between_two_reads_changes_nothing(cuts: list[int]) -> None:
    """Events come in parts as the network likes."""
    stream = CONTENT + TRICKY + BARE + USAGE + DONE
    edges = sorted({0, *(min(cut, len(stream)) for cut in cuts), len(stream)})

    parts = [stream[a:b] for a, b in itertools.pairwise(edges)]

    assert through(*parts) == BARE + TRICKY + BARE + DONE
