# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`/v1/chat/completions` and `/v1/models`."""

from __future__ import annotations

from itertools import count

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from green_sim.clockwork import Clockwork
from green_sim.engine.job import Order, Runner
from green_sim.ollama.body import ApiError, Body, read_body
from green_sim.ollama.models import Model
from green_sim.ollama.native import REQUEST_ID_HEADER
from green_sim.ollama.openai_shapes import ChatCompletionShape
from green_sim.ollama.orders import Service, context_tokens, read_limit, read_runner, read_think
from green_sim.ollama.prompt import read_messages, render_chat
from green_sim.ollama.reply import Reply

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
            Route("/v1/models", self.models),
            Route("/v1/models/{name:path}", self.model),
        ]

    async def chat(self, request: Request) -> Reply:
        """Answer a chat."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        if not body.tables("messages"):
            raise ApiError(400, "[] is too short - 'messages'")
        include_usage = body.table("stream_options").flag("include_usage") is True
        shape = ChatCompletionShape(model.name, next(self._numbers), include_usage=include_usage)
        order = self._order(request, body, model)
        return Reply(self._clockwork, order, shape, stream=body.flag("stream") is True)

    async def models(self, _request: Request) -> JSONResponse:
        """All models."""
        entries = [_entry(model) for model in self._service.catalogue.models.values()]
        return JSONResponse({"object": "list", "data": entries})

    async def model(self, request: Request) -> JSONResponse:
        """One model."""
        return JSONResponse(_entry(self._service.catalogue.find(request.path_params["name"])))

    def _order(self, request: Request, body: Body, model: Model) -> Order:
        author = self._service.author
        runner = self._runner(model)
        think = read_think(model, body.raw("reasoning_effort"))
        prompt = render_chat(read_messages(body), think=think, context_tokens=context_tokens(runner))
        as_json = body.table("response_format").text("type") in ("json_object", "json_schema")
        limit = body.whole("max_completion_tokens")
        return Order(
            route=request.url.path,
            runner=runner,
            prompt=prompt,
            thinking=author.write_thinking(prompt) if think else "",
            answer=author.write_answer(prompt, as_json=as_json),
            max_tokens=read_limit(body.whole("max_tokens") if limit is None else limit),
            request_id=request.headers.get(REQUEST_ID_HEADER),
        )

    def _runner(self, model: Model) -> Runner:
        """This API can't carry runner options: the request's `num_ctx` is ignored."""
        return read_runner(self._service, model, Body({}))


def _entry(model: Model) -> dict[str, object]:
    return {"id": model.name, "object": "model", "created": CREATED_UNIX_S, "owned_by": "library"}
