# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How many sequences the model server decodes together, which decides most of what a token costs."""

from __future__ import annotations

from collections.abc import Mapping

from green_common.config import ShapingConfig
from green_qwen.doctor.finding import ADVICE, OK, WARNING, Finding
from green_qwen.doctor.mending import set_key, set_variable

NAME = "slots of the model server"
VARIABLE, DEFAULT = "OLLAMA_NUM_PARALLEL", 1
COST = (
    "A decoded token takes 7.15 J alone and 0.65 J with sixteen together (Qwen3-32B's shape on an H100 80GB "
    "HBM3, the GPU alone)"
)
# From here on an H100 uses other kernels, which draw less and are faster.
FULL = 16


def judge_slots(environ: Mapping[str, str], shaping: ShapingConfig, unit: str) -> Finding:
    """Ollama's slots against those that the proxy counts on."""
    parallel = _parallel(environ)
    if parallel is None:
        text = f"{VARIABLE}={environ[VARIABLE]} is no number, and Ollama takes {DEFAULT} instead:"
        return Finding(NAME, WARNING, text, set_variable(unit, VARIABLE, str(shaping.slots)))
    if shaping.admit and parallel < shaping.slots:
        text = (
            f"Ollama has {parallel} ({VARIABLE}), and green-proxy sends it up to {shaping.slots} at a time: "
            f"the others wait there, unseen and in no fair order. {COST}. Where memory allows it:"
        )
        return Finding(NAME, WARNING, text, set_variable(unit, VARIABLE, str(shaping.slots)))
    if shaping.admit and parallel > shaping.slots:
        text = f"Ollama has {parallel} ({VARIABLE}), of which green-proxy uses {shaping.slots}. {COST}:"
        return Finding(NAME, WARNING, text, set_key("shaping", "slots", str(parallel), "green-proxy"))
    if parallel < FULL:
        return Finding(
            NAME, ADVICE, f"{parallel}, as green-proxy counts on. {COST}: `green-qwen tune` tries more"
        )
    return Finding(NAME, OK, f"{parallel}, as green-proxy counts on")


def _parallel(environ: Mapping[str, str]) -> int | None:
    text = environ.get(VARIABLE, "").strip()
    if not text:
        return DEFAULT
    # 0 once meant automatic; it means one now.
    return max(DEFAULT, int(text)) if text.isdigit() else None
