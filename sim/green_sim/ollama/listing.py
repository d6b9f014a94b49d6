# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The endpoints that tell about the server and its models, and use no GPU."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from green_sim.clockwork import Clockwork
from green_sim.engine.residency import Residency
from green_sim.ollama.body import read_body
from green_sim.ollama.models import SIZE_BYTES
from green_sim.ollama.orders import Service, context_tokens

VERSION = "0.32.15+simulated"
SIGNIN_URL = "https://ollama.com/connect?name=simulated"
# What a negative keep-alive comes to: the most that Go's clock can count.
FOR_EVER = timedelta(days=106_751)


class ListingApi:
    """`/`, `/api/version`, `/api/tags`, `/api/ps`, `/api/show`, `/api/status`, `/api/me`."""

    def __init__(self, clockwork: Clockwork, service: Service) -> None:
        self._clockwork = clockwork
        self._service = service

    def routes(self) -> list[Route]:
        """The endpoints; those with GET answer HEAD as well."""
        return [
            Route("/", self.root),
            Route("/api/version", self.version),
            Route("/api/tags", self.tags),
            Route("/api/ps", self.ps),
            Route("/api/show", self.show, methods=["POST"]),
            Route("/api/status", self.status),
            Route("/api/me", self.me, methods=["POST"]),
        ]

    async def root(self, _request: Request) -> PlainTextResponse:
        """The probe that everybody sends."""
        return PlainTextResponse("Ollama is running")

    async def version(self, _request: Request) -> JSONResponse:
        """The version that is imitated."""
        return JSONResponse({"version": VERSION})

    async def tags(self, _request: Request) -> JSONResponse:
        """All models."""
        return JSONResponse({"models": [model.entry() for model in self._service.catalogue.models.values()]})

    async def ps(self, _request: Request) -> JSONResponse:
        """The resident model."""
        self._clockwork.machine.advance(self._clockwork.now_s())
        residency = self._clockwork.machine.server.residency
        runner = residency.runner
        if runner is None:
            return JSONResponse({"models": []})
        entry: dict[str, Any] = self._service.catalogue.find(runner.model).entry()
        del entry["modified_at"]
        entry["expires_at"] = self._expires_at(residency)
        entry["size_vram"] = SIZE_BYTES
        entry["context_length"] = context_tokens(runner)
        return JSONResponse({"models": [entry]})

    async def show(self, request: Request) -> JSONResponse:
        """One model in full."""
        body = await read_body(request)
        model = self._service.catalogue.find(body.text("model") or body.text("name"))
        return JSONResponse(model.card())

    async def status(self, _request: Request) -> JSONResponse:
        """There is no cloud behind a simulation."""
        return JSONResponse({"cloud": {"disabled": True, "source": "none"}})

    async def me(self, _request: Request) -> JSONResponse:
        """Nobody is signed in."""
        return JSONResponse({"error": "unauthorized", "signin_url": SIGNIN_URL}, 401)

    def _expires_at(self, residency: Residency) -> str:
        now = datetime.now(timezone.utc)
        if residency.expires_s is not None:
            left = timedelta(seconds=residency.expires_s - self._clockwork.now_s())
        elif residency.keep_alive_s < 0:
            left = FOR_EVER
        else:
            left = timedelta(seconds=residency.keep_alive_s)
        return (now + left).isoformat(timespec="microseconds").replace("+00:00", "Z")
