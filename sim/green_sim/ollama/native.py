# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`/api/chat` and `/api/generate`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from green_sim.clockwork import Clockwork
from green_sim.engine.job import Runner
from green_sim.ollama.ask import Ask, read_stop
from green_sim.ollama.body import Body, read_body
from green_sim.ollama.contents import render_image
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
from green_sim.ollama.shapes import ChatShape, GenerateShape, OllamaShape, now_text
from green_sim.ollama.tools import ToolCall, read_tools, wanted_call


class NativeApi:
    """Ollama's own endpoints that generate."""

    def __init__(self, clockwork: Clockwork, service: Service) -> None:
        self._clockwork = clockwork
        self._service = service

    def routes(self) -> list[Route]:
        """The endpoints."""
        return [
            Route("/api/chat", self.chat, methods=["POST"]),
            Route("/api/generate", self.generate, methods=["POST"]),
        ]

    async def chat(self, request: Request) -> Reply | JSONResponse:
        """Answer a chat; without messages, load or unload the model."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        messages = read_messages(body)
        if not messages and read_keep_alive_s(body) == 0:
            return self._unload(model, {"message": {"role": "assistant", "content": ""}})
        think, runner = read_think(model, body.raw("think")), read_runner(self._service, model, body)
        prompt = render_chat(messages, think=think, context_tokens=context_tokens(runner)) if messages else ""
        call = wanted_call(messages, read_tools(body.raw("tools")))
        ask = _ask(body, runner, prompt, think=think, call=call)
        return self._reply(request, body, ask, ChatShape(model.name, call))

    async def generate(self, request: Request) -> Reply | JSONResponse:
        """Complete a prompt; without one, load or unload the model."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        if not body.text("prompt") and read_keep_alive_s(body) == 0:
            return self._unload(model, {"response": ""})
        think, runner = read_think(model, body.raw("think")), read_runner(self._service, model, body)
        prompt = _completion_prompt(body, runner, think=think) if body.text("prompt") else ""
        ask = _ask(body, runner, prompt, think=think)
        return self._reply(request, body, ask, GenerateShape(model.name))

    def _reply(self, request: Request, body: Body, ask: Ask, shape: OllamaShape) -> Reply:
        order = ask.order(request, self._service.author)
        # Loading alone is answered in one piece, as the real server does.
        stream = body.flag("stream") is not False and bool(order.prompt)
        return Reply(self._clockwork, order, shape, stream=stream)

    def _unload(self, model: Model, text: dict[str, object]) -> JSONResponse:
        runner = self._clockwork.machine.server.residency.runner
        if runner is not None and runner.model == model.name:
            self._clockwork.expire()
        head = {"model": model.name, "created_at": now_text()}
        return JSONResponse({**head, **text, "done": True, "done_reason": "unload"})


def _ask(body: Body, runner: Runner, prompt: str, *, think: bool | None, call: ToolCall | None = None) -> Ask:
    options = body.table("options")
    return Ask(
        runner=runner,
        prompt=prompt,
        think=think,
        format=body.raw("format"),
        call=call,
        stop=read_stop(options.raw("stop")),
        max_tokens=read_limit(options.whole("num_predict")),
        keep_alive_s=read_keep_alive_s(body),
    )


def _completion_prompt(body: Body, runner: Runner, *, think: bool | None) -> str:
    context = context_tokens(runner)
    text = body.text("prompt") + "".join(render_image(image) for image in body.raw("images") or [])
    if body.flag("raw"):
        return cut_prompt(text, context)
    messages = [Message("user", text)]
    if body.text("system"):
        messages.insert(0, Message("system", body.text("system")))
    return render_chat(messages, think=think, context_tokens=context)
