# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""All endpoints of the simulation as one ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match

from green_sim.clockwork import Clockwork
from green_sim.ollama.anthropic_api import AnthropicApi
from green_sim.ollama.anthropic_shapes import anthropic_error
from green_sim.ollama.blobs import Blobs
from green_sim.ollama.body import ApiError
from green_sim.ollama.embedding import EmbeddingApi
from green_sim.ollama.library import LibraryApi
from green_sim.ollama.listing import ListingApi
from green_sim.ollama.native import NativeApi
from green_sim.ollama.openai_api import OpenAiApi
from green_sim.ollama.openai_shapes import openai_error
from green_sim.ollama.orders import Service
from green_sim.ollama.origin import Origins
from green_sim.ollama.reply import encode
from green_sim.ollama.responses_api import ResponsesApi
from green_sim.truth import TruthApi


def build_app(clockwork: Clockwork, service: Service) -> Starlette:
    """The application over one simulated machine."""
    blobs = Blobs()
    routes = [
        *ListingApi(clockwork, service).routes(),
        *NativeApi(clockwork, service).routes(),
        *EmbeddingApi(clockwork, service).routes(),
        *OpenAiApi(clockwork, service).routes(),
        *ResponsesApi(clockwork, service).routes(),
        *AnthropicApi(clockwork, service).routes(),
        *LibraryApi(service.catalogue, blobs).routes(),
        *blobs.routes(),
        *TruthApi(clockwork).routes(),
    ]
    handlers = {ApiError: _api_error, HTTPException: _http_error}
    app = Starlette(routes=routes, exception_handlers=handlers, middleware=[Middleware(Origins)])
    # Its redirect would name the host; the real server's has the path alone.
    app.router.redirect_slashes = False
    return app


async def _api_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    if request.url.path == "/v1/messages":
        content = anthropic_error(error.status, error.message)
    elif request.url.path.startswith("/v1/"):
        content = openai_error(error.status, error.message)
    else:
        content = {"error": error.message}
    return Response(encode(content), error.status, media_type="application/json")


async def _http_error(request: Request, error: Exception) -> Response:
    """Unknown paths and methods, in the words of the real server's router."""
    if not isinstance(error, HTTPException):
        raise error
    path = request.url.path.rstrip("/")
    if error.status_code == 404 and path != request.url.path and _knows(request, path):
        status = 301 if request.method == "GET" else 307
        return Response(status_code=status, headers={"Location": path})
    reason = "page not found" if error.status_code == 404 else error.detail.lower()
    return PlainTextResponse(f"{error.status_code} {reason}", error.status_code, error.headers)


def _knows(request: Request, path: str) -> bool:
    scope = {**request.scope, "path": path}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)
