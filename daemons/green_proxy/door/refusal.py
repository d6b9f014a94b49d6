# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Errors in the words that the client's library understands."""

from __future__ import annotations

import json
from typing import Any

ANTHROPIC = "/v1/messages"
# How OpenAI's and Anthropic's APIs name what these statuses mean.
WRONG = dict.fromkeys((400, 405, 413, 417, 431, 505), "invalid_request_error")
OPENAI_TYPES = {
    **WRONG,
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    429: "rate_limit_error",
}
ANTHROPIC_TYPES = {
    **OPENAI_TYPES,
    413: "request_too_large",
    503: "overloaded_error",
    504: "timeout_error",
}


def error_body(path: str, status: int, text: str, request_id: str | None = None) -> bytes:
    """A JSON error as Ollama, OpenAI or Anthropic would write it, by the route."""
    error = _error(path, status, text)
    if request_id is not None and path.startswith(ANTHROPIC):
        error["request_id"] = request_id
    return json.dumps(error).encode()


def _error(path: str, status: int, text: str) -> dict[str, Any]:
    if path.startswith(ANTHROPIC):
        kind = ANTHROPIC_TYPES.get(status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": text}}
    if path.startswith("/v1/"):
        kind = OPENAI_TYPES.get(status, "api_error")
        return {"error": {"message": text, "type": kind, "param": None, "code": None}}
    return {"error": text}
