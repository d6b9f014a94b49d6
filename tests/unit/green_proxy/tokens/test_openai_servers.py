# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""llama-server and vLLM count with endpoints of their own."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from green_proxy.tokens.ollama import OllamaScale
from green_proxy.tokens.openai_servers import LlamaServerScale, VllmScale
from green_proxy.tokens.scale import Mark
from green_proxy.tokens.server_kind import find_scale

CHAT = "/v1/chat/completions"
FIELDS = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True}
MARK = Mark("m", exact=True)


class Server:
    """Answers control calls from a table; notes what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {path.replace("__", "/"): answer for path, answer in answers.items()}
        self.asked: list[tuple[str, Any]] = []

    async def __call__(
        self, method: str, path: str, *, json: Any = None, timeout_s: float = 2, max_bytes: int = 0
    ) -> httpx.Response | None:
        self.asked.append((path, json))
        if (answer := self.answers.get(path)) is None:
            return httpx.Response(404)
        if isinstance(answer, bytes):
            return httpx.Response(200, content=answer)
        return httpx.Response(200, json=answer)


def test_llama_server_counts_texts() -> None:
    """One call each."""
    server = Server(__tokenize={"tokens": [1, 2, 3]})

    counts = asyncio.run(LlamaServerScale(server).weigh(MARK, "m", ["a", "b"]))

    assert counts == [3, 3]
    assert server.asked == [("/tokenize", {"content": "a"}), ("/tokenize", {"content": "b"})]


def test_llama_server_counts_chats() -> None:
    """With the endpoint for it, the request as it is."""
    server = Server(__v1__chat__completions__input_tokens={"input_tokens": 42})

    assert asyncio.run(LlamaServerScale(server).whole(CHAT, FIELDS)) == 42
    assert server.asked == [(f"{CHAT}/input_tokens", FIELDS)]


def test_an_older_llama_server_counts_in_two_steps() -> None:
    """The prompt that the template makes, and its tokens."""
    server = Server(**{"__apply-template": {"prompt": "<user>hi"}, "__tokenize": {"tokens": [1, 2]}})

    assert asyncio.run(LlamaServerScale(server).whole(CHAT, FIELDS)) == 2
    assert server.asked[-1] == ("/tokenize", {"content": "<user>hi", "add_special": True})


def test_vllm_counts_texts_and_chats() -> None:
    """One endpoint takes both."""
    server = Server(__tokenize={"count": 2, "tokens": [1, 2]})
    scale = VllmScale(server)

    assert asyncio.run(scale.weigh(MARK, "m", ["hi"])) == [2]
    assert asyncio.run(scale.whole(CHAT, FIELDS)) == 2
    assert server.asked[0] == ("/tokenize", {"model": "m", "prompt": "hi", "add_special_tokens": False})
    assert server.asked[1] == ("/tokenize", {"model": "m", "messages": FIELDS["messages"]})


@pytest.mark.parametrize("answer", [None, b"no JSON", b"[]", {"tokens": 7}, {}])
@pytest.mark.parametrize("kind", [LlamaServerScale, VllmScale])
def test_any_other_answer_is_none(kind: Any, answer: Any) -> None:
    """Then the count is an estimate."""
    scale = kind(Server(__tokenize=answer))

    assert asyncio.run(scale.weigh(MARK, "m", ["hi"])) is None
    assert asyncio.run(scale.whole(CHAT, FIELDS)) is None


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"__api__version": {}}, OllamaScale),
        ({"__props": {}, "__api__tags": {}}, LlamaServerScale),
        ({"__version": {}}, VllmScale),
        ({}, type(None)),
    ],
)
def test_the_kind_of_server_is_found(answers: dict[str, Any], kind: type) -> None:
    """By an endpoint that the others don't have."""
    assert isinstance(asyncio.run(find_scale(Server(**answers), "http://test")), kind)
