# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`/api/chat`, `/api/generate` and `/api/embed`."""

from __future__ import annotations

import random
from zlib import crc32

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from green_sim.clockwork import Clockwork
from green_sim.engine.job import Order
from green_sim.ollama.body import ApiError, Body, read_body
from green_sim.ollama.models import Model
from green_sim.ollama.orders import (
    Service,
    context_tokens,
    read_keep_alive_s,
    read_limit,
    read_runner,
    read_think,
)
from green_sim.ollama.prompt import Message, cut_prompt, read_messages, render_chat
from green_sim.ollama.reply import Reply
from green_sim.ollama.shapes import ChatShape, EmbedShape, GenerateShape, OllamaShape, now_text

REQUEST_ID_HEADER = "x-green-request-id"
EMBEDDING_LENGTH = 64


class NativeApi:
    """Ollama's own endpoints that use the model."""

    def __init__(self, clockwork: Clockwork, service: Service) -> None:
        self._clockwork = clockwork
        self._service = service

    def routes(self) -> list[Route]:
        """The endpoints."""
        return [
            Route("/api/chat", self.chat, methods=["POST"]),
            Route("/api/generate", self.generate, methods=["POST"]),
            Route("/api/embed", self.embed, methods=["POST"]),
        ]

    async def chat(self, request: Request) -> Reply | JSONResponse:
        """Answer a chat; without messages, load or unload the model."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        messages = read_messages(body)
        if not messages and read_keep_alive_s(body) == 0:
            return self._unload(model, {"message": {"role": "assistant", "content": ""}})
        think = read_think(model, body.raw("think"))
        runner = read_runner(self._service, model, body)
        prompt = render_chat(messages, think=think, context_tokens=context_tokens(runner)) if messages else ""
        order = self._order(request, body, model, prompt)
        return self._reply(order, ChatShape(model.name), body)

    async def generate(self, request: Request) -> Reply | JSONResponse:
        """Complete a prompt; without one, load or unload the model."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        if not body.text("prompt") and read_keep_alive_s(body) == 0:
            return self._unload(model, {"response": ""})
        prompt = _completion_prompt(self._service, model, body) if body.text("prompt") else ""
        order = self._order(request, body, model, prompt)
        return self._reply(order, GenerateShape(model.name), body)

    async def embed(self, request: Request) -> Reply | JSONResponse:
        """Embed a text or several; all of them are computed, none is decoded."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        texts, runner = _inputs(body), read_runner(self._service, model, body)
        order = Order(
            route=request.url.path,
            runner=runner,
            prompt=cut_prompt("".join(texts), context_tokens(runner)),
            keep_alive_s=read_keep_alive_s(body),
            request_id=request.headers.get(REQUEST_ID_HEADER),
        )
        shape = EmbedShape(model.name, [embedding(text) for text in texts])
        return Reply(self._clockwork, order, shape, stream=False)

    def _order(self, request: Request, body: Body, model: Model, prompt: str) -> Order:
        author = self._service.author
        think = read_think(model, body.raw("think"))
        return Order(
            route=request.url.path,
            runner=read_runner(self._service, model, body),
            prompt=prompt,
            thinking=author.write_thinking(prompt) if think and prompt else "",
            answer=author.write_answer(prompt, as_json=bool(body.raw("format"))) if prompt else "",
            max_tokens=read_limit(body.table("options").whole("num_predict")),
            keep_alive_s=read_keep_alive_s(body),
            request_id=request.headers.get(REQUEST_ID_HEADER),
        )

    def _reply(self, order: Order, shape: OllamaShape, body: Body) -> Reply:
        # Loading alone is answered in one piece, as the real server does.
        stream = body.flag("stream") is not False and bool(order.prompt)
        return Reply(self._clockwork, order, shape, stream=stream)

    def _unload(self, model: Model, text: dict[str, object]) -> JSONResponse:
        runner = self._clockwork.machine.server.residency.runner
        if runner is not None and runner.model == model.name:
            self._clockwork.expire()
        head = {"model": model.name, "created_at": now_text()}
        return JSONResponse({**head, **text, "done": True, "done_reason": "unload"})


def embedding(text: str) -> list[float]:
    """A made-up unit vector, the same for the same text."""
    chance = random.Random(crc32(text.encode(errors="replace")))  # noqa: S311 - not for security
    values = [chance.gauss(0, 1) for _ in range(EMBEDDING_LENGTH)]
    length = sum(value * value for value in values) ** 0.5
    return [round(value / length, 8) for value in values]


def _completion_prompt(service: Service, model: Model, body: Body) -> str:
    context = context_tokens(read_runner(service, model, body))
    if body.flag("raw"):
        return cut_prompt(body.text("prompt"), context)
    messages = [Message("user", body.text("prompt"))]
    if body.text("system"):
        messages.insert(0, Message("system", body.text("system")))
    think = read_think(model, body.raw("think"))
    return render_chat(messages, think=think, context_tokens=context)


def _inputs(body: Body) -> list[str]:
    given = body.raw("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ApiError(400, "invalid input type")
    return texts
