# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What may differ between a call made directly and one made through green-proxy; the rest must not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from integration.raw_http import Answer, Header

SHAPING_OFF = {f"GREEN_SHAPING_{name}": "false" for name in ("PIN", "CAP", "MERGE", "TRIM", "ADMIT")} | {
    "GREEN_SHAPING_THINKING": "leave",
    "GREEN_SHAPING_MAX_IMAGES": "0",
}

# Headers that belong to one connection (RFC 9110, section 7.6.1), or that name the way itself.
HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "proxy-authenticate",
    "proxy-authorization",
}
OWN_PREFIX = "x-green-"
TIMED = {"date"}

# What the model server may see otherwise: name, routes, and why.
REQUEST_DIFFERENCES = {
    "host": "names the model server",
    "expect": "answered by the proxy, so that it ends there",
    "accept-encoding": "of generating routes: an answer has to be readable to be counted",
    "content-length": "of generating routes: a body that came in chunks goes on as one",
}
# With shaping as installed a generating request's body may differ in these, and in nothing else.
BODY_DIFFERENCES: dict[str, str] = {
    "options.num_predict": "cap: a limit on generated tokens is added to a call of Ollama's API without one",
    "options.num_ctx": "pin: removed",
    "options.num_batch": "pin: removed",
    "options.num_gpu": "pin: removed",
    "options.main_gpu": "pin: removed",
    "options.use_mmap": "pin: removed",
    "options.num_thread": "pin: removed",
    "options.draft_num_predict": "pin: removed",
    "shift": "pin: removed",
}
# With or without shaping, and taken out of the answer again: what it counts by.
USAGE_DIFFERENCES = {
    "stream_options.include_usage": "account: usage is asked for under /v1 and stripped again"
}

_TIMES = re.compile(
    rb'"(created_at|expires_at)":"[^"]*"'
    rb'|"(total_duration|load_duration|prompt_eval_duration|eval_duration|created|created_at|completed_at)":\d+'
)


def seen_by_client(answer: Answer) -> dict[str, Any]:
    """Everything but what time decides and what is meant for one connection."""
    return {
        "status": answer.status,
        "reason": answer.reason,
        "headers": passed(answer.headers),
        "body": masked(answer.body),
        "trailers": answer.trailers,
    }


def passed(headers: list[Header], *others: str) -> list[Header]:
    """Headers that must pass, in their order; names in lower case, since case means nothing in them."""
    named = {
        value.strip().lower()
        for key, text in headers
        if key.lower() == "connection"
        for value in text.split(",")
    }
    skipped = HOP_BY_HOP | TIMED | named | set(others)
    kept = [(key.lower(), value) for key, value in headers if key.lower() not in skipped]
    return [(key, value) for key, value in kept if not key.startswith(OWN_PREFIX)]


def masked(body: bytes) -> bytes:
    """The bytes with the times in them blotted out."""
    return _TIMES.sub(lambda found: (found[1] or found[2]) + b"*", body)


def differing(direct: bytes, proxied: bytes) -> set[str]:
    """The dotted names of the fields in which two JSON objects differ, down to those of `options`."""
    left, right = _flat(json.loads(direct)), _flat(json.loads(proxied))
    missing: Callable[[], object] = object
    return {
        name for name in left.keys() | right.keys() if left.get(name, missing) != right.get(name, missing)
    }


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Objects are entered where a single field of theirs may differ."""
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        if key in ("options", "stream_options") and isinstance(inner, dict):
            flat |= _flat(inner, f"{key}.")
        else:
            flat[prefix + key] = inner
    return flat
