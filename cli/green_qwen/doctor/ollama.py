# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The model server as it answers, and as its unit sets it up."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 2.0
MAX_BYTES = 1 << 22
# Of more models nobody waits for the answer.
MOST_MODELS = 16
CLIENT_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Model:
    """`context_tokens` is known of one that is in memory; `parameters` as its Modelfile has them."""

    name: str
    parameters: str = ""
    thinks: bool = False
    context_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Ollama:
    """What it says over HTTP; no version where no Ollama answers."""

    url: str
    version: str | None = None
    models: tuple[Model, ...] = field(default=())


def read_ollama(url: str) -> Ollama:
    """Never raises: what does not answer is not known."""
    try:
        version = str(_ask(url, "GET", "/api/version")["version"])
        resident = {
            str(one["name"]): one.get("context_length") for one in _ask(url, "GET", "/api/ps")["models"]
        }
        names = [str(one["name"]) for one in _ask(url, "GET", "/api/tags")["models"]]
        ordered = sorted(names, key=lambda name: name not in resident)[:MOST_MODELS]
        return Ollama(url, version, tuple(_model(url, name, resident.get(name)) for name in ordered))
    except CLIENT_ERRORS:
        return Ollama(url)


def _model(url: str, name: str, context_tokens: int | None) -> Model:
    try:
        shown = _ask(url, "POST", "/api/show", {"model": name})
        thinks = "thinking" in (shown.get("capabilities") or ())
        return Model(name, str(shown.get("parameters") or ""), thinks, context_tokens)
    except CLIENT_ERRORS:
        return Model(name, context_tokens=context_tokens)


def _ask(url: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "localhost", parts.port, timeout=TIMEOUT_S)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, parts.path.rstrip("/") + path, content)
        with connection.getresponse() as answer:
            found: dict[str, Any] = json.loads(answer.read(MAX_BYTES))
        return found
    finally:
        connection.close()
