# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Reading streams without parsing each line."""

from __future__ import annotations

import json

import pytest

from green_qwen.load.dialects import OLLAMA, OPENAI, Counts, is_error, with_fields

HELLO = ({"role": "user", "content": "hello"},)


def ollama(**fields: object) -> bytes:
    return json.dumps({"model": "m", **fields}, separators=(",", ":")).encode()


def event(**fields: object) -> bytes:
    return b"data: " + json.dumps(fields).encode()


def delta(**fields: object) -> bytes:
    return event(choices=[{"index": 0, "delta": fields}])


def test_ollamas_lines_are_tokens_but_for_the_last() -> None:
    """Which holds the counts."""
    line = ollama(message={"content": "hi"}, done=False)
    last = ollama(message={"content": ""}, done=True, prompt_eval_count=11, eval_count=5)

    assert OLLAMA.is_token(line)
    assert not OLLAMA.is_token(last)
    assert OLLAMA.counts(line) is None
    assert OLLAMA.counts(last) == Counts(11, 5)


def test_an_answer_about_the_end_is_not_the_end() -> None:
    """Quotes in a text are escaped."""
    line = ollama(message={"content": '{"done":true}'}, done=False)

    assert OLLAMA.is_token(line)
    assert OLLAMA.counts(line) is None


@pytest.mark.parametrize("field", ["content", "reasoning_content", "reasoning"])
def test_text_and_thought_are_tokens(field: str) -> None:
    """Both were generated."""
    assert OPENAI.is_token(delta(**{field: "x"}))
    assert not OPENAI.is_token(delta(**{field: ""}))
    assert not OPENAI.is_token(delta(**{field: None}))


def test_role_finish_and_the_end_mark_are_none() -> None:
    """They carry no text."""
    assert not OPENAI.is_token(delta(role="assistant", content=None))
    assert not OPENAI.is_token(delta())
    assert not OPENAI.is_token(b"data: [DONE]")
    assert not OPENAI.is_token(b"")


def test_usage_is_the_servers_count() -> None:
    """Also where earlier chunks carry an empty one."""
    assert OPENAI.counts(event(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 4})) == Counts(
        3, 4
    )
    assert OPENAI.counts(event(choices=[], usage=None)) is None


@pytest.mark.parametrize("line", [b'{"error":"no memory"}', b'data: {"error":{"message":"x"}}'])
def test_an_error_in_the_stream_is_seen(line: bytes) -> None:
    """In either API."""
    assert is_error(line)


def test_an_answer_that_speaks_of_errors_is_none() -> None:
    """It is a text."""
    assert not is_error(ollama(message={"content": '{"error":"x"}'}))


def test_text_is_put_together_without_the_thinking() -> None:
    """As a client sends it back with its next question."""
    ollamas = [ollama(message={"content": "", "thinking": "hm"}), ollama(message={"content": "a"})]

    assert OLLAMA.text(ollamas) == "a"
    assert OPENAI.text([delta(reasoning_content="hm"), delta(content="a"), delta(content="b")]) == "ab"


def test_more_fields_join_those_that_are_there() -> None:
    """Options keep what bounds the answer."""
    body = with_fields(OLLAMA.body("m", HELLO, 64), {"think": False, "options": {"temperature": 0}})

    assert body["options"] == {"num_predict": 64, "temperature": 0}
    assert body["think"] is False
    assert "options" not in OLLAMA.body("m", HELLO, None)
