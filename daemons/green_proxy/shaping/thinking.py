# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Turns thinking off, in the words of each dialect: it is the largest part of many answers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from green_common.config import ShapingConfig
from green_proxy.models.replies import full_name
from green_proxy.request.call import Call

COUNTED = {
    "thinking_off_requests_total": "Requests whose thinking was turned off.",
}


class Thinking:
    """Leaves it to the client, or turns it off for all, for some models or for some clients."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTED, 0.0)

    def apply(self, call: Call, client: str, settings: ShapingConfig, *, is_ollama: bool) -> None:
        if not call.dialect.thinking or not turned_off(settings, call.model, client):
            return
        # A raw prompt has no template that could be told.
        if call.loads_only or call.raw_prompt or not turn_off(call, is_ollama=is_ollama):
            return
        call.note("Thinking", "off")
        self.counts["thinking_off_requests_total"] += 1


def turned_off(settings: ShapingConfig, model: str, client: str) -> bool:
    if settings.thinking == "off" or client in settings.thinking_off_clients:
        return True
    return bool(settings.thinking_off_models) and _names(model, settings.thinking_off_models)


def turn_off(call: Call, *, is_ollama: bool) -> bool:
    """True where that changed something."""
    if call.dialect.words == "ollama":
        return _set(call, "think", False)
    if not is_ollama:
        return _tell_template(call)
    if call.dialect.words == "anthropic":
        # Left out it would be on.
        return _set(call, "thinking", {"type": "disabled"})
    if call.dialect.words == "openai-responses" or isinstance(call.fields.get("reasoning"), dict):
        # Where it stands, Ollama reads `reasoning` alone.
        return _set(call, "reasoning", {**(call.fields.get("reasoning") or {}), "effort": "none"})
    return _set(call, "reasoning_effort", "none")


def _tell_template(call: Call) -> bool:
    """llama-server, vLLM and SGLang hand this to the model's template; others ignore what they don't know."""
    changed = False
    if call.dialect.words == "anthropic" and "thinking" in call.fields:
        call.remove("thinking")
        changed = True
    arguments = call.fields.get("chat_template_kwargs") or {}
    return _set(call, "chat_template_kwargs", {**arguments, "enable_thinking": False}) or changed


def _set(call: Call, name: str, value: Any) -> bool:
    if call.fields.get(name) == value:
        return False
    call.change(name, value)
    return True


def _names(model: str, models: Collection[str]) -> bool:
    return full_name(model) in {full_name(name) for name in models}
