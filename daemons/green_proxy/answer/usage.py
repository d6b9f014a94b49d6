# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the model server says at the end of an answer: its counts and durations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# All servers write these behind the text of the answer, so the end of the bytes holds them. Within a
# text of the model each quote is escaped, so no text can pass for one of these keys.
# Grouped by how they begin, so that any other key is passed over after a look or two.
_COUNTS = (
    rb"prompt_(?:eval_(?:count|duration)|tokens|n|ms)|eval_(?:count|duration)|load_duration"
    rb"|(?:completion|input|output)_tokens|cache(?:_n|d_tokens|_(?:read|creation)_input_tokens)"
    rb"|predicted_(?:n|ms)"
)
# At most two digits of exponent: an infinite count has no whole number.
_NUMBER = rb"(\d{1,20}(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)(?![\d.eE])"
_COUNT = re.compile(rb'[{,]\s*"(' + _COUNTS + rb')"\s*:\s*' + _NUMBER)
# Where both of these stand in the last bytes, nothing before them is asked.
_PROMPT = (b"prompt_eval_count", b"prompt_tokens", b"input_tokens")
_OUTPUT = (b"eval_count", b"completion_tokens", b"output_tokens", b"predicted_n")
# llama-server's timings, OpenAI's usage with its details, Anthropic's usage.
_CACHED = (b"cache_n", b"cached_tokens", b"cache_read_input_tokens")
_APART = (b"cache_read_input_tokens", b"cache_creation_input_tokens")
_FINAL_BYTES = 1024
_NS_PER_S = 1e9
_MS_PER_S = 1e3

# Numbers by their names, both as the server wrote them.
_Said = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Usage:
    """
    Tokens and seconds of one answer; None where the server does not say.

    `prompt_tokens` are all of the prompt, `cached_tokens` those of them that were not computed again.
    """

    prompt_tokens: int | None = None
    output_tokens: int | None = None
    tokens_counted: bool = False
    load_s: float | None = None
    prefill_s: float | None = None
    decode_s: float | None = None
    cached_tokens: int | None = None


def usage_of(tail: bytes) -> Usage:
    """
    Usage from the last bytes of an answer, streamed or whole.

    Ollama counts in nanoseconds, llama-server's `timings` in milliseconds; OpenAI's and Anthropic's
    `usage` has no durations. The last word counts, since streams repeat themselves.
    """
    said: _Said = dict(_COUNT.findall(tail[-_FINAL_BYTES:]))
    if len(tail) > _FINAL_BYTES and (said.keys().isdisjoint(_PROMPT) or said.keys().isdisjoint(_OUTPUT)):
        said = dict(_COUNT.findall(tail))
    prefill_s = _seconds(said, b"prompt_eval_duration", _NS_PER_S) or _seconds(said, b"prompt_ms", _MS_PER_S)
    return Usage(
        prompt_tokens=_prompt_tokens(said),
        output_tokens=_whole(said, _OUTPUT),
        load_s=_seconds(said, b"load_duration", _NS_PER_S),
        prefill_s=prefill_s,
        decode_s=_seconds(said, b"eval_duration", _NS_PER_S) or _seconds(said, b"predicted_ms", _MS_PER_S),
        cached_tokens=_whole(said, _CACHED),
    )


def _prompt_tokens(said: _Said) -> int | None:
    named = _whole(said, _PROMPT)
    if named is not None:
        # Anthropic counts what was read from the cache, or written to it, apart.
        return named + sum(_whole(said, (name,)) or 0 for name in _APART) if _APART[0] in said else named
    if b"prompt_n" not in said:
        return None
    # So does llama-server.
    return int(float(said[b"prompt_n"]) + float(said.get(b"cache_n", 0)))


def _whole(said: _Said, names: Iterable[bytes]) -> int | None:
    for name in names:
        if name in said:
            return int(float(said[name]))
    return None


def _seconds(said: _Said, name: bytes, per_s: float) -> float | None:
    return float(said[name]) / per_s if name in said else None
