# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Wrong types in fields that the proxy reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from green_proxy.fault import Fault
from green_proxy.request.call import read_call
from green_proxy.request.dialect import DIALECTS


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/api/chat", {"model": 7}, "model is a number; it has to be a string"),
        ("/api/chat", {"stream": "no"}, "stream is a string; it has to be true or false"),
        ("/api/chat", {"stream": 1}, "stream is a number; it has to be true or false"),
        ("/api/chat", {"messages": {}}, "messages is an object; it has to be a list"),
        ("/api/chat", {"messages": ["hi"]}, "messages[0] is a string; it has to be an object"),
        ("/api/chat", {"messages": [{}, {"role": 1}]}, "messages[1].role is a number"),
        ("/api/chat", {"messages": [{"content": 7}]}, "messages[0].content is a number"),
        ("/api/chat", {"messages": [{"images": "A"}]}, "messages[0].images is a string; it has to be a list"),
        ("/api/chat", {"options": []}, "options is a list; it has to be an object"),
        ("/api/chat", {"options": {"num_predict": "9"}}, "options.num_predict is a string"),
        (
            "/api/chat",
            {"keep_alive": False},
            "keep_alive is true or false; it has to be a number or a string",
        ),
        ("/api/generate", {"prompt": ["a"]}, "prompt is a list; it has to be a string"),
        ("/v1/chat/completions", {"max_tokens": True}, "max_tokens is true or false; it has to be a number"),
        ("/v1/chat/completions", {"stream_options": 1}, "stream_options is a number; it has to be an object"),
        ("/v1/responses", {"input": [7]}, "input[0] is a number; it has to be an object"),
        ("/v1/messages", {"thinking": "on"}, "thinking is a string; it has to be an object"),
        ("/rerank", {"model": []}, "model is a list; it has to be a string"),
    ],
)
def test_a_wrong_type_is_refused(path: str, body: dict[str, Any], said: str) -> None:
    """The text names the field, what was found and what is allowed."""
    with pytest.raises(Fault) as refused:
        read_call(path, json.dumps(body).encode())

    assert refused.value.status == 400
    assert said in refused.value.text


@pytest.mark.parametrize("path", sorted(DIALECTS))
def test_null_is_as_good_as_left_out(path: str) -> None:
    """All servers take it so."""
    read_call(path, json.dumps(dict.fromkeys(DIALECTS[path].types)).encode())


def test_keys_of_ollamas_routes_are_known_in_any_case() -> None:
    """As Go's JSON reads them: else `Options` would slip past every step."""
    body = b'{"Model":"m","OPTION\xc5\xbf":{"num_ctx":1},"\xe2\x84\xaaeep_alive":0,"me\xc3\x9fages":7}'

    call = read_call("/api/chat", body)

    assert (call.model, call.options, call.unloads) == ("m", {"num_ctx": 1}, True)
    assert call.body() == body


def test_a_key_in_two_cases_is_given_twice() -> None:
    """Whose value counts is not ours to guess."""
    with pytest.raises(Fault, match='"Model" and "model" are the same'):
        read_call("/api/chat", b'{"model":"a","Model":"b"}')


def test_keys_of_other_routes_are_taken_as_they_stand() -> None:
    """Servers that are not Ollama know no other case."""
    assert read_call("/v1/chat/completions", b'{"model":"a","Model":"b"}').model == "a"
