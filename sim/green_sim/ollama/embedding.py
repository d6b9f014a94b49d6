# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`/api/embed`, `/api/embeddings` and `/v1/embeddings`: all texts are computed, none is decoded."""

from __future__ import annotations

import base64
import random
import struct
from typing import Any
from zlib import crc32

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from green_sim.clockwork import Clockwork
from green_sim.engine.job import Order
from green_sim.engine.tokens import count_tokens
from green_sim.ollama.ask import REQUEST_ID_HEADER
from green_sim.ollama.body import ApiError, Body, read_body
from green_sim.ollama.embedding_shapes import EmbeddingShape, EmbedShape, ListShape
from green_sim.ollama.orders import Service, context_tokens, read_keep_alive_s, read_runner
from green_sim.ollama.prompt import cut_prompt
from green_sim.ollama.reply import Reply, Shape

LENGTH = 64


class EmbeddingApi:
    """The endpoints that turn texts into vectors."""

    def __init__(self, clockwork: Clockwork, service: Service) -> None:
        self._clockwork = clockwork
        self._service = service

    def routes(self) -> list[Route]:
        """The endpoints."""
        return [
            Route("/api/embed", self.embed, methods=["POST"]),
            Route("/api/embeddings", self.embeddings, methods=["POST"]),
            Route("/v1/embeddings", self.embed_openai, methods=["POST"]),
        ]

    async def embed(self, request: Request) -> Reply:
        """A text or several."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        texts = read_inputs(body)
        vectors = [embedding(text, body.whole("dimensions")) for text in texts]
        return self._reply(request, body, texts, EmbedShape(model.name, vectors))

    async def embeddings(self, request: Request) -> Reply | JSONResponse:
        """One text, in the old way; without one the model is only loaded."""
        body = await read_body(request)
        self._service.catalogue.find(body.text("model"))
        text = body.text("prompt")
        shape = EmbeddingShape(embedding(text) if text else [])
        return self._reply(request, body, [text], shape)

    async def embed_openai(self, request: Request) -> Reply:
        """As OpenAI has it, on demand in base64."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model"))
        texts = read_inputs(body)
        vectors: list[Any] = [embedding(text, body.whole("dimensions")) for text in texts]
        if body.text("encoding_format") == "base64":
            vectors = [encode_floats(vector) for vector in vectors]
        return self._reply(request, body, texts, ListShape(model.name, vectors))

    def _reply(self, request: Request, body: Body, texts: list[str], shape: Shape) -> Reply:
        native = request.url.path.startswith("/api/")
        model = self._service.catalogue.find(body.text("model"))
        # OpenAI's API can't carry options.
        runner = read_runner(self._service, model, body if native else Body({}))
        context = context_tokens(runner)
        if body.flag("truncate") is False and any(count_tokens(text) > context for text in texts):
            raise ApiError(400, "the input length exceeds the context length")
        order = Order(
            route=request.url.path,
            runner=runner,
            prompt="".join(cut_prompt(text, context) for text in texts),
            keep_alive_s=read_keep_alive_s(body) if native else None,
            request_id=request.headers.get(REQUEST_ID_HEADER),
        )
        return Reply(self._clockwork, order, shape, stream=False)


def embedding(text: str, dimensions: int | None = None) -> list[float]:
    """A made-up unit vector, the same for the same text."""
    chance = random.Random(crc32(text.encode(errors="replace")))  # noqa: S311 - not for security
    values = [chance.gauss(0, 1) for _ in range(LENGTH)]
    if dimensions is not None and 0 < dimensions < LENGTH:
        values = values[:dimensions]
    length = sum(value * value for value in values) ** 0.5
    return [round(value / length, 8) for value in values]


def encode_floats(values: list[float]) -> str:
    """Little-endian floats of 32 bits in base64."""
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def read_inputs(body: Body) -> list[str]:
    """The `input` of a request: a text or several."""
    given = body.raw("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ApiError(400, "invalid input type")
    return texts
