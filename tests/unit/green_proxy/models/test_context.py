# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is known of the model server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from green_proxy.models.context import MAX_MODELS, Contexts
from unit.green_proxy.models.model_server import FakeServer, ps

PROPS = {"default_generation_settings": {"n_ctx": 4096}, "total_slots": 4}
LENGTHS = {"data": [{"id": "qwen", "max_model_len": 40960}]}


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


def learnt(server: FakeServer) -> Contexts:
    contexts = Contexts(server)
    asyncio.run(contexts.learn())
    return contexts


def known(contexts: Contexts, model: str) -> int | None:
    async def scene() -> int | None:
        return contexts.context_tokens(model)

    return asyncio.run(scene())


def test_ollama_tells_by_model() -> None:
    """As soon as the model is in memory."""
    contexts = learnt(FakeServer(_api_ps=ps(qwen3=8192)))

    assert (known(contexts, "Qwen3"), known(contexts, "other")) == (8192, None)
    assert contexts.is_ollama
    assert contexts.slots is None


def test_llama_server_tells_for_any_name() -> None:
    """It serves one model; a slot's context, not that of all slots together."""
    server = FakeServer(_props=PROPS)

    contexts = learnt(server)

    assert (known(contexts, "gpt-4"), contexts.slots, contexts.is_ollama) == (4096, 4, False)
    assert server.paths() == ["/api/ps", "/props"]


def test_vllm_tells_by_its_models() -> None:
    """It has neither of the other two routes."""
    contexts = learnt(FakeServer(_v1_models=LENGTHS))

    assert (known(contexts, "qwen"), contexts.is_ollama) == (40960, False)


def test_a_server_that_does_not_answer_is_asked_again() -> None:
    """It may be Ollama that starts later than the proxy."""
    contexts = learnt(FakeServer(_api_ps=None))

    assert contexts.is_ollama
    assert known(contexts, "qwen3") is None


def test_another_server_in_its_place_is_noticed() -> None:
    """Where llama-server was, Ollama may listen after an upgrade."""
    server = FakeServer(_props=PROPS)
    contexts = learnt(server)

    server.answers = {"/api/ps": ps(qwen3=8192)}
    asyncio.run(contexts.learn())
    asyncio.run(contexts.learn())

    assert (known(contexts, "qwen3"), contexts.slots, contexts.is_ollama) == (8192, None, True)


def test_nobody_waits_for_an_answer() -> None:
    """What is not known is asked in the background, once at a time."""
    server = FakeServer(_api_ps=ps(qwen3=8192))

    async def scene() -> list[int | None]:
        contexts = Contexts(server)
        first = [contexts.context_tokens("qwen3") for _ in range(3)]
        for _ in range(3):
            await asyncio.sleep(0)
        return [*first, contexts.context_tokens("qwen3")]

    assert asyncio.run(scene()) == [None, None, None, 8192]
    assert server.paths() == ["/api/ps"]


def test_closing_gives_the_question_up() -> None:
    """Also one that is not answered."""
    server = FakeServer(_api_ps=ps())

    async def scene() -> int:
        server.held["/api/ps"] = asyncio.Event()
        contexts = Contexts(server)
        contexts.context_tokens("qwen3")
        await asyncio.sleep(0)
        await contexts.close()
        return len(asyncio.all_tasks())

    assert asyncio.run(scene()) == 1


def test_a_context_that_changed_is_told(logged: list[Any]) -> None:
    """Somebody had the model loaded anew: that costs as much as hundreds of answers."""
    server = FakeServer(_api_ps=ps(qwen3=8192))
    contexts = learnt(server)

    server.answers["/api/ps"] = ps(qwen3=2048)
    asyncio.run(contexts.learn())

    assert [entry["event"] for entry in logged] == ["model.context_changed"]
    assert known(contexts, "qwen3") == 2048


def test_what_is_remembered_has_bounds() -> None:
    """The newest are kept."""
    server = FakeServer(_api_ps=ps(**{f"m{number}": 1 + number for number in range(2 * MAX_MODELS)}))

    contexts = learnt(server)

    assert known(contexts, "m0") is None
    assert known(contexts, f"m{2 * MAX_MODELS - 1}") == 2 * MAX_MODELS
