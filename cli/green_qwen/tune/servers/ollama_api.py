# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What tune asks an Ollama about its models, and has it do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from green_common.errors import UnavailableError
from green_qwen.load.clients import Server
from green_qwen.load.dialects import OLLAMA
from green_qwen.tune.memory import ModelShape, shape_from
from green_qwen.tune.servers.model_server import ServerFailedError

ASK_WITHIN_S = 10.0
LOAD_WITHIN_S = 600.0
SAID_MOST = 300


async def load_in_ollama(url: str, model: str, options: Mapping[str, Any]) -> Server:
    """Load it as a request with these options would; raises ServerFailedError where not all is on the GPU."""
    body = {"model": model, "keep_alive": -1, "options": dict(options)}
    async with _http(url, LOAD_WITHIN_S) as http:
        try:
            answer = await http.post("/api/generate", json=body)
        except httpx.HTTPError as error:
            raise ServerFailedError(
                f"{url}: {type(error).__name__} {error} while {model} was loaded"
            ) from error
        if answer.is_error:
            raise ServerFailedError(f"{url} can't load {model}: {answer.text[:SAID_MOST]}")
        await _check_resident(http, model)
    # What differs from the loaded model's options would have it loaded again.
    return Server(url, model, OLLAMA, {"options": dict(options)} if options else {})


async def _check_resident(http: httpx.AsyncClient, model: str) -> None:
    """Where memory is short Ollama puts layers into the CPU's memory, and says nothing."""
    loaded = next(iter((await http.get("/api/ps")).json().get("models", [])), None)
    if loaded is None:
        raise ServerFailedError(f"{http.base_url}: {model} was loaded and is gone")
    size, on_gpu = loaded.get("size", 0), loaded.get("size_vram", 0)
    if on_gpu < size:
        raise ServerFailedError(
            f"{model} does not fit: {(size - on_gpu) / 2**30:.1f} GiB of it are in the CPU's memory"
        )


async def thinks_in_ollama(url: str, model: str) -> bool:
    """Whether it says so of the model; one that says nothing of it does not."""
    async with _http(url, ASK_WITHIN_S) as http:
        try:
            answer = await http.post("/api/show", json={"model": model})
            return "thinking" in (answer.raise_for_status().json().get("capabilities") or ())
        except (httpx.HTTPError, ValueError, AttributeError, TypeError):
            return False


async def shape_in_ollama(url: str, model: str) -> ModelShape | None:
    """From /api/show and /api/tags; raises UnavailableError where the model or the server is not there."""
    async with _http(url, ASK_WITHIN_S) as http:
        try:
            tags = (await http.get("/api/tags")).raise_for_status().json()["models"]
            answer = await http.post("/api/show", json={"model": model})
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(
                f"{url}: no Ollama answers there ({error}); is ollama.service running?"
            ) from error
    if answer.is_error:
        names = ", ".join(entry["name"] for entry in tags) or "none"
        raise UnavailableError(
            f"{url} has no model {model!r}; it has {names}: choose with --model, or ollama pull"
        )
    sizes = {entry["name"]: int(entry.get("size", 0)) for entry in tags}
    weights = sizes.get(model) or sizes.get(f"{model}:latest", 0)
    return shape_from(answer.json().get("model_info", {}), weights)


def _http(url: str, within_s: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(within_s, connect=5.0), trust_env=False)


async def models_in_ollama(url: str) -> list[str]:
    """Names, none where no Ollama answers."""
    async with _http(url, ASK_WITHIN_S) as http:
        try:
            return [str(entry["name"]) for entry in (await http.get("/api/tags")).json()["models"]]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return []


async def create_in_ollama(url: str, name: str, model: str, parameters: Mapping[str, Any]) -> None:
    """A model made from another one, with parameters of its own; raises ServerFailedError."""
    body = {"model": name, "from": model, "parameters": dict(parameters), "stream": False}
    async with _http(url, LOAD_WITHIN_S) as http:
        try:
            (await http.post("/api/create", json=body)).raise_for_status()
        except httpx.HTTPError as error:
            raise ServerFailedError(f"{url} does not make {name} from {model}: {error}") from error


async def delete_in_ollama(url: str, name: str) -> None:
    """Raises httpx.HTTPError."""
    async with _http(url, ASK_WITHIN_S) as http:
        (await http.request("DELETE", "/api/delete", json={"model": name})).raise_for_status()
