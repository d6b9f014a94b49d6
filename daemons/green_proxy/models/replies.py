# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What model servers answer about themselves and their models; what can't be read is None."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

MOST_TOKENS = 1 << 24
MOST_SLOTS = 4096
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
DEFAULT_HOST, DEFAULT_NAMESPACE = "registry.ollama.ai/", "library/"


@dataclass(frozen=True, slots=True)
class Props:
    """llama-server of itself: its slots, and the context that each of them has."""

    slots: int | None
    context_tokens: int | None


@functools.lru_cache(maxsize=256)
def full_name(model: str) -> str:
    """
    The name that two spellings of a model's name have in common.

    Ollama's names have a tag, without one 'latest', are the same in upper and lower case, and may begin
    with the host and the namespace that it leaves out itself.
    """
    model = model.lower().removeprefix(DEFAULT_HOST).removeprefix(DEFAULT_NAMESPACE)
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def loaded_models(response: httpx.Response) -> dict[str, int | None] | None:
    """From Ollama's `/api/ps`: context lengths by the full names of what is in memory."""
    models = _object(response).get("models")
    if not isinstance(models, list):
        return None
    return {
        full_name(str(model.get("name"))): _whole(model.get("context_length"), MOST_TOKENS)
        for model in models
        if isinstance(model, dict)
    }


def time_left_s(response: httpx.Response, now_s: float) -> dict[str, float | None] | None:
    """
    From Ollama's `/api/ps`: for how long each model in memory stays without a request, by its full name.

    Reckoned from the answer's own date where it has one, which no other machine's clock can shift.
    """
    models = _object(response).get("models")
    if not isinstance(models, list):
        return None
    sent_s = _date_s(response) or now_s
    return {
        full_name(str(model.get("name"))): _left_s(model.get("expires_at"), sent_s)
        for model in models
        if isinstance(model, dict)
    }


def load_path(response: httpx.Response) -> str | None:
    """
    From Ollama's `/api/show`: the route on which a request without content loads this model alone.

    None where there is no such route: an image model would begin to paint, and one that runs elsewhere
    has nothing to load here.
    """
    card = _object(response)
    capabilities = card.get("capabilities")
    if not response.is_success or card.get("remote_host") or card.get("remote_model"):
        return None
    # Before 0.6.4 Ollama did not say what a model can do.
    if not isinstance(capabilities, list) or "completion" in capabilities:
        return "/api/generate"
    return "/api/embed" if "embedding" in capabilities else None


def props(response: httpx.Response) -> Props | None:
    """From llama-server's `/props`."""
    said = _object(response)
    settings = said.get("default_generation_settings")
    if not isinstance(settings, dict):
        return None
    context_tokens = _whole(settings.get("n_ctx"), MOST_TOKENS)
    return Props(_whole(said.get("total_slots"), MOST_SLOTS), context_tokens)


def context_lengths(response: httpx.Response) -> dict[str, int]:
    """From vLLM's `/v1/models`; empty where the server does not say."""
    models = _object(response).get("data")
    if not isinstance(models, list):
        return {}
    lengths = {
        str(model.get("id")): _whole(model.get("max_model_len"), MOST_TOKENS)
        for model in models
        if isinstance(model, dict)
    }
    return {full_name(model): length for model, length in lengths.items() if length is not None}


def _date_s(response: httpx.Response) -> float | None:
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _left_s(expires_at: object, now_s: float) -> float | None:
    parts = _TIME.fullmatch(expires_at) if isinstance(expires_at, str) else None
    if parts is None:
        return None
    try:
        # Go writes nanoseconds, which Python does not read.
        at_s = datetime.fromisoformat(parts[1] + parts[2].replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return None
    return at_s - now_s


def _object(response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        return {}
    try:
        said = response.json()
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _whole(value: object, most: int) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most:
        return value
    return None
