# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Counts and durations from the end of an answer."""

from __future__ import annotations

import pytest

from green_proxy.answer.usage import Usage, usage_of

OLLAMA = (
    b'{"model":"m","message":{"role":"assistant","content":""},"done":true,"total_duration":9000000000,'
    b'"load_duration":2000000000,"prompt_eval_count":26,"prompt_eval_duration":500000000,'
    b'"eval_count":290,"eval_duration":4500000000}\n'
)
LLAMA_SERVER = (
    b'data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"timings":{"cache_n":20,"prompt_n":6,'
    b'"prompt_ms":30.5,"prompt_per_token_ms":5.0,"predicted_n":12,"predicted_ms":240.25}}\n\ndata: [DONE]\n\n'
)
OPENAI = b'{"choices":[],"usage": {"prompt_tokens": 26, "completion_tokens": 12, "total_tokens": 38}}'
ANTHROPIC = b'data: {"type":"message_delta","usage":{"input_tokens":26,"output_tokens":12}}\n\n'


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (OLLAMA, Usage(26, 290, load_s=2.0, prefill_s=0.5, decode_s=4.5)),
        (LLAMA_SERVER, Usage(26, 12, prefill_s=0.0305, decode_s=0.24025)),
        (OPENAI, Usage(26, 12)),
        (ANTHROPIC, Usage(26, 12)),
        (b'{"embedding":[0.1,0.2]}', Usage()),
        (b"", Usage()),
    ],
)
def test_each_server_is_understood(tail: bytes, expected: Usage) -> None:
    """Ollama, llama-server, OpenAI's and Anthropic's usage, and answers that say nothing."""
    assert expected == usage_of(tail)


def test_a_cut_object_is_understood() -> None:
    """The end is enough: what stands before it may be megabytes of context."""
    assert usage_of(b'1,22,333],"total' + OLLAMA.partition(b'"total')[2]).output_tokens == 290


def test_no_text_of_the_model_passes_for_a_count() -> None:
    """Within a text quotes are escaped."""
    assert Usage() == usage_of(rb'{"message":{"content":"{\"x\":1,\"eval_count\":5}"}}')


def test_a_count_without_end_is_none() -> None:
    """A number that no whole number can hold is not believed, and harms nobody."""
    assert usage_of(b'{"eval_count": 1e999, "prompt_eval_count": 26}') == Usage(26)


def test_counts_before_the_last_object_are_found() -> None:
    """Anthropic's streams tell the prompt's tokens at their beginning, far before those of the answer."""
    start = b'data: {"type":"message_start","message":{"usage":{"input_tokens":26,"output_tokens":1}}}\n\n'
    text = b'data: {"type":"content_block_delta","delta":{"text":"word"}}\n\n' * 100
    end = b'data: {"type":"message_delta","usage":{"output_tokens":100}}\n\n'

    assert usage_of(start + text + end) == Usage(26, 100)


def test_the_last_word_counts() -> None:
    """A server that counts with every event."""
    events = b"".join(
        b'data: {"usage":{"prompt_tokens":26,"completion_tokens":%d}}\n\n' % at for at in range(200)
    )

    assert usage_of(events) == Usage(26, 199)
