# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a model server says of itself: which API it speaks, which model it has, and whether it is up."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from green_common.errors import UnavailableError
from green_qwen.load.clients import Server
from green_qwen.load.dialects import DIALECTS, OLLAMA, OPENAI, Dialect
from green_qwen.load.models import preferred

ASK_WITHIN_S = 10.0
LOOK_EVERY_S = 0.25
# llama-server tells the context of a slot among its model's properties (tools/server, get_res_models).
SETTINGS_IN_META = ("n_ctx",)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user said of API, model and further fields; '' for what the server is to tell."""

    api: str = ""
    model: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    answer_within_s: float | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """The server as clients are to ask it, and what identifies what it serves."""

    server: Server
    version: str
    digest: str


async def ask_served(url: str, wanted: Wanted) -> Served:
    """Raises UnavailableError where nothing answers there, or it lacks the model."""
    async with httpx.AsyncClient(base_url=url, timeout=ASK_WITHIN_S, trust_env=False) as http:
        try:
            dialect = DIALECTS.get(wanted.api) or await _dialect(http)
            models = await (_ollama_models(http) if dialect is OLLAMA else _openai_models(http))
            version = await _version(http, dialect)
        except httpx.HTTPError as error:
            raise UnavailableError(f"{url}: no model server answers there: {_why(error)}") from error
        except (ValueError, LookupError, TypeError) as error:
            raise UnavailableError(f"{url}: what answers there is no model server: {error}") from error
    model = _chosen(url, models, wanted.model)
    server = Server(url, model, dialect, wanted.fields, answer_within_s=wanted.answer_within_s)
    return Served(server, version, models.get(model, ""))


async def until_up(url: str) -> None:
    """Until it answers that it can serve; llama-server says 503 on /health while it loads."""
    async with httpx.AsyncClient(base_url=url, timeout=ASK_WITHIN_S, trust_env=False) as http:
        while not await _is_up(http):  # noqa: ASYNC110 - another process, which sets no event
            await asyncio.sleep(LOOK_EVERY_S)


async def _is_up(http: httpx.AsyncClient) -> bool:
    try:
        health = await http.get("/health")
        if health.status_code == httpx.codes.NOT_FOUND:
            health = await http.get("/v1/models")
    except httpx.HTTPError:
        return False
    return health.status_code == httpx.codes.OK


async def _dialect(http: httpx.AsyncClient) -> Dialect:
    answer = await http.get("/api/version")
    return OLLAMA if answer.status_code == httpx.codes.OK else OPENAI


async def _version(http: httpx.AsyncClient, dialect: Dialect) -> str:
    if dialect is OLLAMA:
        return f"Ollama {(await http.get('/api/version')).json()['version']}"
    props = await http.get("/props")
    if props.is_error:
        return "an OpenAI-compatible server"
    return f"llama-server {props.json().get('build_info', '')}".strip()


async def _ollama_models(http: httpx.AsyncClient) -> dict[str, str]:
    tags = (await http.get("/api/tags")).raise_for_status().json()
    return {str(model["name"]): str(model.get("digest", "")) for model in tags["models"]}


async def _openai_models(http: httpx.AsyncClient) -> dict[str, str]:
    """llama-server tells size and shape, which is as near to a digest as it comes."""
    listed = (await http.get("/v1/models")).raise_for_status().json()
    return {str(model["id"]): digest_of(model.get("meta")) for model in listed["data"]}


def digest_of(meta: object) -> str:
    """Of what llama-server tells of its model; empty where it tells nothing."""
    if not isinstance(meta, dict) or not meta:
        return ""
    shape = {name: value for name, value in meta.items() if name not in SETTINGS_IN_META}
    return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()


def _chosen(url: str, models: Mapping[str, str], wanted: str) -> str:
    if not wanted:
        if not models:
            raise UnavailableError(f"{url} has no model; pull one, or name it with --model")
        return preferred(tuple(models))
    # A server of one model answers to any name, and may list it under another one.
    found = next((name for name in (wanted, f"{wanted}:latest") if name in models), None)
    if found is None:
        has = ", ".join(models) or "none"
        raise UnavailableError(f"{url} has no model {wanted!r}; it has {has}: choose one with --model")
    return found


def _why(error: httpx.HTTPError) -> str:
    return f"{type(error).__name__} {error}".strip()
