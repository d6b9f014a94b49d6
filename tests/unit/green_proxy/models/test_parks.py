# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Unloading on the word of a reader."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from green_proxy.models.parks import Parks
from green_proxy.models.residency import Models
from unit.green_proxy.models.model_server import FakeServer, ps

UNLOAD = ("/api/generate", {"model": "m", "keep_alive": 0})


class Ollama(FakeServer):
    """Forgets its models when it is told to unload one, but for a stubborn one."""

    stubborn = False

    async def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response | None:
        answer = await super().ask(method, path, **arguments)
        if path == "/api/generate" and not self.stubborn and self.answers[path] == {}:
            self.answers["/api/ps"] = ps()
        return answer


def server_of(**answers: Any) -> Ollama:
    return Ollama(**({"_api_ps": ps(m=1), "_api_generate": {}} | answers))


def park(server: FakeServer, models: Models | None = None, in_flight: int = 0) -> str:
    parks = Parks(server, models or Models(server), lambda: in_flight)
    return asyncio.run(parks.park("m"))


def test_the_only_model_in_memory_is_unloaded() -> None:
    """And it is gone when the answer is given."""
    server = server_of()

    assert park(server) == ""
    assert server.asked[1] == UNLOAD
    assert server.paths() == ["/api/ps", "/api/generate", "/api/ps"]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"_api_ps": ps()}, "nothing is in memory"),
        ({"_api_ps": ps(n=1)}, "another model is in memory"),
        ({"_api_ps": ps(m=1, n=1)}, "another model is in memory"),
        ({"_api_ps": ps(m=1, n=1, o=1)}, "2 more in memory"),
        ({"_api_ps": None}, "the model server does not say what it has in memory"),
        ({"_api_ps": 404}, "the model server does not say what it has in memory"),
    ],
)
def test_what_is_not_the_only_one_stays(answers: dict[str, Any], reason: str) -> None:
    """Nothing is asked of the model server."""
    server = server_of(**answers)

    assert park(server) == reason
    assert UNLOAD not in server.asked


def test_a_pinned_model_stays() -> None:
    """Somebody asked for that, through us or past us."""
    server = server_of()
    models = Models(server)
    models.stays.asked("m", -1)

    assert park(server, models) == "a request asked to keep it for ever"
    assert UNLOAD not in server.asked


def test_what_arrived_during_the_question_counts() -> None:
    """It was free when the reader asked."""
    server = server_of()

    assert park(server, in_flight=1) == "1 in flight"
    assert UNLOAD not in server.asked


@pytest.mark.parametrize(("answer", "what"), [(500, "status 500"), (None, "no answer")])
def test_a_server_that_does_not_unload_is_named(answer: Any, what: str) -> None:
    """The reader learns it, and waits with another try."""
    assert park(server_of(_api_generate=answer)) == f"the model server did not unload it: {what}"


def test_a_model_that_does_not_go_is_no_parked_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ollama answers at once and unloads in its own time."""
    monkeypatch.setattr("green_proxy.models.parks.GONE_WITHIN_S", 0.0)
    monkeypatch.setattr("green_proxy.models.parks.LOOK_EVERY_S", 0.0)
    server = server_of()
    server.stubborn = True

    assert park(server) == "it is still in memory after 0 s"


def test_who_needs_the_model_waits_for_the_end_of_the_unload() -> None:
    """Ollama names a model that is on its way out, and would have to load it on the request's account."""

    async def scene() -> tuple[bool, bool]:
        server = server_of()
        models = Models(server)
        held = server.held["/api/generate"] = asyncio.Event()
        parking = asyncio.ensure_future(Parks(server, models, lambda: 0).park("m"))
        for _ in range(5):
            await asyncio.sleep(0)
        needs = asyncio.ensure_future(models.must_load("m"))
        for _ in range(5):
            await asyncio.sleep(0)
        early = needs.done()
        held.set()
        await parking
        return early, await needs

    assert asyncio.run(scene()) == (False, True)


def test_one_at_a_time() -> None:
    """A second order would meet a model that is on its way out."""

    async def scene() -> list[str]:
        server = server_of()
        parks = Parks(server, Models(server), lambda: 0)
        server.held["/api/generate"] = asyncio.Event()
        first = asyncio.ensure_future(parks.park("m"))
        for _ in range(5):
            await asyncio.sleep(0)
        second = await parks.park("m")
        server.held["/api/generate"].set()
        return [await first, second]

    assert asyncio.run(scene()) == ["", "another model is being unloaded"]
