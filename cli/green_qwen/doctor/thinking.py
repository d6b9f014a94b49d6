# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether models think before they answer."""

from __future__ import annotations

from green_common.config import ShapingConfig
from green_qwen.doctor.finding import ADVICE, OK, Finding
from green_qwen.doctor.mending import set_key
from green_qwen.doctor.ollama import Model

NAME = "thinking"


def judge_thinking(models: tuple[Model, ...], shaping: ShapingConfig) -> Finding:
    """It is on wherever a client does not say otherwise, and each token of it costs as one of the answer."""
    thinking = [model.name for model in models if model.thinks]
    if not thinking:
        return Finding(NAME, OK, "no model that is there can think")
    names = ", ".join(thinking[:4]) + (" and others" if len(thinking) > 4 else "")
    if shaping.thinking == "off":
        return Finding(NAME, OK, f"green-proxy turns it off for all ({names} can)")
    left = [name for name in thinking if name not in shaping.thinking_off_models]
    if not left:
        return Finding(NAME, OK, f"green-proxy turns it off for {names}")
    text = (
        f"{names}: thinking comes before the answer unless a client says no. A token of thinking costs "
        "as much as one of the answer; answers change without it, so this is for you to decide:"
    )
    return Finding(NAME, ADVICE, text, set_key("shaping", "thinking", '"off"', "green-proxy"))
