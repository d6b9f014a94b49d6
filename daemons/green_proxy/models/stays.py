# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
How long Ollama keeps models, and whether somebody asked for one to stay.

The last keep_alive that a request named is in force until another one names one, or the model is loaded
anew without. Who goes to Ollama directly shows only in how far off the end is.
"""

from __future__ import annotations

import math
import re

from green_proxy.models.replies import full_name

# Ollama's own, until a load without keep_alive has shown what the server's is.
DEFAULT_S = 300.0
# Clocks of two machines, and Date's whole seconds.
SLACK_S = 5.0
MAX_KEPT = 64
MAX_DURATION_CHARACTERS = 100
_SIGNED = re.compile(r"([+-]?)((?:\d{1,18}(?:\.\d{1,18})?(?:ns|us|µs|ms|s|m|h)){1,8})")
_PART = re.compile(r"([\d.]+)(ns|us|µs|ms|s|m|h)")
_UNIT_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class Stays:
    """By the models' full names; bounded, since clients choose them."""

    def __init__(self) -> None:
        self.default_s = DEFAULT_S
        self._asked_s: dict[str, float] = {}

    def asked(self, model: str, keep_alive: object) -> None:
        """A request has named this keep_alive, or None."""
        stay_s = keep_s(keep_alive)
        if stay_s is None:
            return
        self.forget(model)
        self._asked_s[full_name(model)] = stay_s
        if len(self._asked_s) > MAX_KEPT:
            del self._asked_s[next(iter(self._asked_s))]

    def forget(self, model: str) -> None:
        """It was unloaded, or loaded anew without a keep_alive."""
        self._asked_s.pop(full_name(model), None)

    def loaded(self, model: str, left_s: float | None) -> None:
        """Loaded just now without a keep_alive: what is left is what the server gives all models."""
        self.forget(model)
        if left_s is not None and left_s > 0:
            self.default_s = left_s

    def pinned(self, model: str, left_s: float | None) -> str:
        """Who wants it kept longer than the server keeps models; empty where nobody does."""
        asked_s = self._asked_s.get(full_name(model), 0.0)
        if asked_s > self.default_s + SLACK_S:
            return f"a request asked to keep it {_span(asked_s)}"
        if left_s is not None and left_s > self.default_s + SLACK_S:
            return f"the model server keeps it {_span(left_s)} more, longer than models by default"
        return ""


def keep_s(keep_alive: object) -> float | None:
    """Seconds from a number or one of Go's durations, infinite where negative; None for anything else."""
    if isinstance(keep_alive, str):
        return _duration_s(keep_alive)
    if isinstance(keep_alive, int | float) and not isinstance(keep_alive, bool) and keep_alive == keep_alive:
        return float(min(keep_alive, 1e12)) if keep_alive >= 0 else math.inf
    return None


def _duration_s(text: str) -> float | None:
    signed = _SIGNED.fullmatch(text) if len(text) <= MAX_DURATION_CHARACTERS else None
    if signed is None:
        return None
    seconds = sum(float(number) * _UNIT_S[unit] for number, unit in _PART.findall(signed[2]))
    return math.inf if signed[1] == "-" and seconds else seconds


def _span(seconds: float) -> str:
    # Ollama's for ever is 292 years from now.
    if seconds > 10 * 365 * 86_400:
        return "for ever"
    return f"for {seconds:.0f} s" if seconds < 600 else f"for {seconds / 60:.0f} min"
