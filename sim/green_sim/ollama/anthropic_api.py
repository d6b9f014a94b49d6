# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`/v1/messages`, as Anthropic's clients speak it."""

from __future__ import annotations

from itertools import count

from starlette.requests import Request
from starlette.routing import Route

from green_sim.clockwork import Clockwork
from green_sim.engine.tokens import count_tokens
from green_sim.ollama.anthropic_shapes import MessageShape
from green_sim.ollama.ask import Ask, read_stop
from green_sim.ollama.body import ApiError, Body, read_body
from green_sim.ollama.contents import render_content
from green_sim.ollama.models import Model
from green_sim.ollama.orders import Service, context_tokens, read_limit, read_runner
from green_sim.ollama.prompt import Message, read_messages, render_chat
from green_sim.ollama.reply import Reply
from green_sim.ollama.tools import read_tools, wanted_call


class AnthropicApi:
    """The Anthropic-compatible endpoint."""

    def __init__(self, clockwork: Clockwork, service: Service) -> None:
        self._clockwork = clockwork
        self._service = service
        self._numbers = count(1)

    def routes(self) -> list[Route]:
        """The endpoint."""
        return [Route("/v1/messages", self.message, methods=["POST"])]

    async def message(self, request: Request) -> Reply:
        """Answer a chat."""
        body = await read_body(request)
        messages = _messages(body)
        model = self._service.catalogue.find(body.text("model"))
        runner, think = read_runner(self._service, model, Body({})), _think(model, body)
        ask = Ask(
            runner=runner,
            prompt=render_chat(messages, think=think, context_tokens=context_tokens(runner)),
            think=think,
            call=wanted_call(messages, read_tools(body.raw("tools"))),
            stop=read_stop(body.raw("stop_sequences")),
            max_tokens=read_limit(body.whole("max_tokens")),
        )
        number = f"msg_{next(self._numbers)}"
        shape = MessageShape(model.name, number, count_tokens(ask.prompt), ask.call)
        order = ask.order(request, self._service.author)
        return Reply(self._clockwork, order, shape, stream=body.flag("stream") is True)


def _messages(body: Body) -> list[Message]:
    """The chat with its system prompt; refused in the order in which the real server looks."""
    if not body.text("model"):
        raise ApiError(400, "model is required")
    if (body.whole("max_tokens") or 0) <= 0:
        raise ApiError(400, "max_tokens is required and must be positive")
    messages = read_messages(body)
    if not messages:
        raise ApiError(400, "messages is required")
    system = render_content(body.raw("system"))
    return [Message("system", system), *messages] if system else messages


def _think(model: Model, body: Body) -> bool | None:
    """Thinking as wanted; a model that can't is not refused here."""
    if not model.thinks:
        return None
    return body.table("thinking").text("type") != "disabled"
