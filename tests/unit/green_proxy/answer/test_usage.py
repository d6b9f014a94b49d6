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
# As llama-server answers to a prompt of which it has the first tokens in its cache.
LLAMA_CHAT = (
    b'data: {"choices":[],"usage":{"completion_tokens":4,"prompt_tokens":45,"total_tokens":49,'
    b'"prompt_tokens_details":{"cached_tokens":40}},"timings":{"cache_n":40,"prompt_n":5,"prompt_ms":35.8,'
    b'"prompt_per_token_ms":7.159999999999999,"prompt_per_second":139.66480446927375,"predicted_n":4,'
    b'"predicted_ms":60.677}}\n\ndata: [DONE]\n\n'
)
LLAMA_COMPLETION = (
    b'"truncated":false,"stop_type":"limit","stopping_word":"","tokens_cached":16,"timings":{"cache_n":8,'
    b'"prompt_n":5,"prompt_ms":33.984,"predicted_n":4,"predicted_ms":54.916}}'
)
LLAMA_MESSAGES = b'"usage":{"cache_read_input_tokens":40,"input_tokens":5,"output_tokens":4}}'
LLAMA_MESSAGES_STREAM = (
    b'data: {"type":"message_start","message":{"usage":{"cache_read_input_tokens":40,"input_tokens":5,'
    b'"output_tokens":0}}}\n\ndata: {"type":"message_delta","usage":{"output_tokens":4}}\n\n'
)
LLAMA_RESPONSES = (
    b'"usage":{"input_tokens":45,"output_tokens":4,"total_tokens":49,'
    b'"input_tokens_details":{"cached_tokens":40}}}'
)
OPENAI = b'{"choices":[],"usage": {"prompt_tokens": 26, "completion_tokens": 12, "total_tokens": 38}}'
ANTHROPIC = b'data: {"type":"message_delta","usage":{"input_tokens":26,"output_tokens":12}}\n\n'


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (OLLAMA, Usage(26, 290, load_s=2.0, prefill_s=0.5, decode_s=4.5)),
        (LLAMA_SERVER, Usage(26, 12, prefill_s=0.0305, decode_s=0.24025, cached_tokens=20)),
        (LLAMA_CHAT, Usage(45, 4, prefill_s=0.0358, decode_s=0.060677, cached_tokens=40)),
        (LLAMA_COMPLETION, Usage(13, 4, prefill_s=0.033984, decode_s=0.054916, cached_tokens=8)),
        (LLAMA_MESSAGES, Usage(45, 4, cached_tokens=40)),
        (LLAMA_MESSAGES_STREAM, Usage(45, 4, cached_tokens=40)),
        (LLAMA_RESPONSES, Usage(45, 4, cached_tokens=40)),
        (OPENAI, Usage(26, 12)),
        (ANTHROPIC, Usage(26, 12)),
        (b'{"embedding":[0.1,0.2]}', Usage()),
        (b"", Usage()),
    ],
)
def test_each_server_is_understood(tail: bytes, expected: Usage) -> None:
    """Ollama, llama-server, OpenAI's and Anthropic's usage, and answers that say nothing."""
    assert expected == usage_of(tail)


def test_what_anthropic_wrote_to_its_cache_is_of_the_prompt_too() -> None:
    """It counts three parts of a prompt apart."""
    parts = b'"cache_creation_input_tokens":7,"cache_read_input_tokens":40'
    tail = b'{"input_tokens":5,' + parts + b',"output_tokens":4}'

    assert usage_of(tail) == Usage(52, 4, cached_tokens=40)


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
