# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A cap on the tokens that one request may generate."""

from __future__ import annotations

from green_proxy.request.call import Call

COUNTED = {
    "capped_requests_total": "Requests whose limit of generated tokens was lowered or added.",
}


class Cap:
    """Lowers a client's limit, or adds one where there is none."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTED, 0.0)

    def apply(self, call: Call, cap_tokens: int | None, *, is_ollama: bool) -> None:
        if cap_tokens is not None and apply_cap(call, cap_tokens, is_ollama=is_ollama):
            self.counts["capped_requests_total"] += 1


def apply_cap(call: Call, cap_tokens: int, *, is_ollama: bool) -> bool:
    """True where a limit was lowered or added."""
    caps, given = call.dialect.caps, call.output_limits
    if not caps or call.loads_only or not call.fields:
        return False
    if not given and not _may_add(call, is_ollama=is_ollama):
        return False
    # Ollama knows only the first name, so that there the others are no limit.
    understood = caps[0] in given or not is_ollama
    if given and understood and all(0 <= limit <= cap_tokens for limit in given.values()):
        return False
    limit = call.output_limit if given else None
    tokens = cap_tokens if limit is None else min(limit, cap_tokens)
    call.output_limit = tokens
    call.note("Cap", str(tokens))
    return True


def _may_add(call: Call, *, is_ollama: bool) -> bool:
    """A server with a low default of its own must not be told a higher one."""
    return call.dialect.cap_added == "always" or (call.dialect.cap_added == "ollama" and is_ollama)
