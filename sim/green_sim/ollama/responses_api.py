# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`/v1/responses`, without the state that OpenAI keeps between calls."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from green_sim.clockwork import Clockwork
from green_sim.ollama.ask import Ask
from green_sim.ollama.body import ApiError, Body, read_body
from green_sim.ollama.contents import render_content
from green_sim.ollama.orders import Service, context_tokens, read_limit, read_runner, read_think
from green_sim.ollama.prompt import Message, render_chat, with_tools
from green_sim.ollama.reply import Reply
from green_sim.ollama.responses_shapes import ResponseShape
from green_sim.ollama.tools import read_tools, wanted_call


class ResponsesApi:
    """OpenAI's newer endpoint."""

    def __init__(self, clockwork: Clockwork, service: Service) -> None:
        self._clockwork = clockwork
        self._service = service
        self._numbers = count(1)

    def routes(self) -> list[Route]:
        """The endpoint."""
        return [Route("/v1/responses", self.respond, methods=["POST"])]

    async def respond(self, request: Request) -> Reply:
        """Answer an input."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        messages = with_tools(read_input(body), body)
        effort = body.table("reasoning").raw("effort")
        runner, think = read_runner(self._service, model, Body({})), read_think(model, effort)
        ask = Ask(
            runner=runner,
            prompt=render_chat(messages, think=think, context_tokens=context_tokens(runner)),
            think=think,
            format=body.table("text").table("format").raw("schema"),
            call=wanted_call(messages, read_tools(body.raw("tools"))),
            max_tokens=read_limit(body.whole("max_output_tokens")),
        )
        shape = ResponseShape(model.name, str(next(self._numbers)), _echoed(body), ask.call)
        order = ask.order(request, self._service.author)
        return Reply(self._clockwork, order, shape, stream=body.flag("stream") is True)


def read_input(body: Body) -> list[Message]:
    """The instructions and the input, a text or a list of items, as messages."""
    instructions, given = body.text("instructions"), body.raw("input")
    messages = [Message("system", instructions)] if instructions else []
    if isinstance(given, str):
        return [*messages, Message("user", given)]
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise ApiError(400, "input must be a string or an array of items")
    return [*messages, *(message for item in given if (message := _message(item)) is not None)]


def _message(item: dict[str, Any]) -> Message | None:
    kind = item.get("type", "message")
    if kind == "reasoning":
        return None
    if kind == "function_call":
        called = json.dumps({"name": item.get("name"), "arguments": item.get("arguments")}, sort_keys=True)
        return Message("assistant", f"<tool_call>\n{called}\n</tool_call>")
    if kind == "function_call_output":
        return Message("tool", render_content(item.get("output")))
    role = str(item.get("role") or "user")
    return Message("system" if role == "developer" else role, render_content(item.get("content")))


def _echoed(body: Body) -> dict[str, Any]:
    """What the answer repeats of the request."""
    return {
        "instructions": body.raw("instructions"),
        "tools": body.raw("tools") or [],
        "text": {"format": body.table("text").raw("format") or {"type": "text"}},
        "reasoning": body.raw("reasoning"),
        "temperature": body.raw("temperature") if body.raw("temperature") is not None else 1.0,
        "top_p": body.raw("top_p") if body.raw("top_p") is not None else 1.0,
        "max_output_tokens": body.raw("max_output_tokens"),
        "background": body.flag("background") is True,
    }
