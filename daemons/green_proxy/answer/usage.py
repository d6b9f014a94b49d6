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
_COUNTS = (
    "prompt_eval_count|prompt_eval_duration|eval_count|eval_duration|load_duration"
    "|prompt_tokens|completion_tokens|input_tokens|output_tokens"
    "|prompt_n|prompt_ms|cache_n|predicted_n|predicted_ms"
)
# At most two digits of exponent: an infinite count has no whole number.
_NUMBER = rb"(\d{1,20}(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)(?![\d.eE])"
_COUNT = re.compile(rb'[{,]\s*"(' + _COUNTS.encode() + rb')"\s*:\s*' + _NUMBER)
# Where both of these stand in the last bytes, nothing before them is asked.
_PROMPT = ("prompt_eval_count", "prompt_tokens", "input_tokens")
_OUTPUT = ("eval_count", "completion_tokens", "output_tokens", "predicted_n")
_FINAL_BYTES = 1024
_NS_PER_S = 1e9
_MS_PER_S = 1e3


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and seconds of one answer; None where the server does not say."""

    prompt_tokens: int | None = None
    output_tokens: int | None = None
    tokens_counted: bool = False
    load_s: float | None = None
    prefill_s: float | None = None
    decode_s: float | None = None


def usage_of(tail: bytes) -> Usage:
    """
    Usage from the last bytes of an answer, streamed or whole.

    Ollama counts in nanoseconds, llama-server's `timings` in milliseconds; OpenAI's and Anthropic's
    `usage` has no durations. The last word counts, since streams repeat themselves.
    """
    said = _said_in(tail[-_FINAL_BYTES:])
    if len(tail) > _FINAL_BYTES and (said.keys().isdisjoint(_PROMPT) or said.keys().isdisjoint(_OUTPUT)):
        said = _said_in(tail)
    return Usage(
        prompt_tokens=_prompt_tokens(said),
        output_tokens=_whole(said, _OUTPUT),
        load_s=_seconds(said, "load_duration", _NS_PER_S),
        prefill_s=_seconds(said, "prompt_eval_duration", _NS_PER_S) or _seconds(said, "prompt_ms", _MS_PER_S),
        decode_s=_seconds(said, "eval_duration", _NS_PER_S) or _seconds(said, "predicted_ms", _MS_PER_S),
    )


def _said_in(text: bytes) -> dict[str, float]:
    return {name.decode(): float(value) for name, value in _COUNT.findall(text)}


def _prompt_tokens(said: Mapping[str, float]) -> int | None:
    named = _whole(said, _PROMPT)
    if named is not None or "prompt_n" not in said:
        return named
    # llama-server counts the tokens that it took from its cache apart.
    return int(said["prompt_n"] + said.get("cache_n", 0))


def _whole(said: Mapping[str, float], names: Iterable[str]) -> int | None:
    for name in names:
        if name in said:
            return int(said[name])
    return None


def _seconds(said: Mapping[str, float], name: str, per_s: float) -> float | None:
    return said[name] / per_s if name in said else None
