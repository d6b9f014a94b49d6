# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`/v1/chat/completions`, `/v1/completions` and `/v1/models`."""

from __future__ import annotations

from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from green_sim.clockwork import Clockwork
from green_sim.engine.job import Runner
from green_sim.ollama.ask import Ask, read_stop
from green_sim.ollama.body import ApiError, Body, read_body
from green_sim.ollama.models import Model
from green_sim.ollama.openai_shapes import ChatCompletionShape, CompletionShape
from green_sim.ollama.orders import Service, context_tokens, read_limit, read_runner, read_think
from green_sim.ollama.prompt import Message, read_messages, render_chat
from green_sim.ollama.reply import Reply
from green_sim.ollama.tools import read_tools, wanted_call

CREATED_UNIX_S = 1793534400


class OpenAiApi:
    """The OpenAI-compatible endpoints."""

    def __init__(self, clockwork: Clockwork, service: Service) -> None:
        self._clockwork = clockwork
        self._service = service
        self._numbers = count(1)

    def routes(self) -> list[Route]:
        """The endpoints."""
        return [
            Route("/v1/chat/completions", self.chat, methods=["POST"]),
            Route("/v1/completions", self.complete, methods=["POST"]),
            Route("/v1/models", self.models),
            Route("/v1/models/{name:path}", self.model),
        ]

    async def chat(self, request: Request) -> Reply:
        """Answer a chat."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        messages = read_messages(body)
        if not messages:
            raise ApiError(400, "[] is too short - 'messages'")
        runner, think = self.runner(model), read_think(model, body.raw("reasoning_effort"))
        limit = body.whole("max_completion_tokens")
        ask = Ask(
            runner=runner,
            prompt=render_chat(messages, think=think, context_tokens=context_tokens(runner)),
            think=think,
            format=_format(body),
            call=wanted_call(messages, read_tools(body.raw("tools"))),
            stop=read_stop(body.raw("stop")),
            max_tokens=read_limit(body.whole("max_tokens") if limit is None else limit),
        )
        number = f"chatcmpl-{next(self._numbers)}"
        shape = ChatCompletionShape(model.name, number, include_usage=_includes_usage(body), call=ask.call)
        order = ask.order(request, self._service.author)
        return Reply(self._clockwork, order, shape, stream=body.flag("stream") is True)

    async def complete(self, request: Request) -> Reply:
        """Complete a prompt."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        runner = self.runner(model)
        messages = [Message("user", body.text("prompt"))]
        # This endpoint has no place for a thought.
        think = False if model.thinks else None
        ask = Ask(
            runner=runner,
            prompt=render_chat(messages, think=think, context_tokens=context_tokens(runner)),
            stop=read_stop(body.raw("stop")),
            max_tokens=read_limit(body.whole("max_tokens")),
        )
        shape = CompletionShape(
            model.name, f"cmpl-{next(self._numbers)}", include_usage=_includes_usage(body)
        )
        order = ask.order(request, self._service.author)
        return Reply(self._clockwork, order, shape, stream=body.flag("stream") is True)

    async def models(self, _request: Request) -> JSONResponse:
        """All models."""
        entries = [_entry(model) for model in self._service.catalogue.models.values()]
        return JSONResponse({"object": "list", "data": entries})

    async def model(self, request: Request) -> JSONResponse:
        """One model."""
        return JSONResponse(_entry(self._service.catalogue.find(request.path_params["name"])))

    def runner(self, model: Model) -> Runner:
        """This API can't carry runner options: the request's `num_ctx` is ignored."""
        return read_runner(self._service, model, Body({}))


def _includes_usage(body: Body) -> bool:
    return body.table("stream_options").flag("include_usage") is True


def _format(body: Body) -> Any:
    wanted = body.table("response_format")
    if wanted.text("type") == "json_schema":
        return wanted.table("json_schema").raw("schema") or "json"
    return "json" if wanted.text("type") == "json_object" else None


def _entry(model: Model) -> dict[str, object]:
    return {"id": model.name, "object": "model", "created": CREATED_UNIX_S, "owned_by": "library"}
