# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether a resident model keeps an idle GPU's clocks high."""

from __future__ import annotations

from green_qwen.doctor.card import Card
from green_qwen.doctor.finding import ADVICE, OK, UNKNOWN, WARNING, Finding
from green_qwen.doctor.mending import set_variable
from green_qwen.doctor.systemd import Unit
from green_qwen.idle_state import IdleState

NAME = "clocks of an idle model"
VARIABLE = "CUDA_DISABLE_PERF_BOOST"
COST = (
    "A resident model with nothing to do draws 119 to 129 W with it and 71 to 73 W without, at the same "
    "speed (measured on an H100 80GB HBM3, driver 580.159)"
)


def judge_boost(unit: Unit | None, card: Card, idle: IdleState | None) -> Finding:
    """The driver's own switch; where it is not known or not set, green-idle may do the same."""
    if unit is None or not unit.there:
        return Finding(NAME, UNKNOWN, "the model server's unit is not known to systemd, nor what it sets")
    rests = idle is not None and any(gpu.saving_w or gpu.saved_w for gpu in idle.gpus)
    if unit.environ.get(VARIABLE) == "1":
        if card.knows_boost or card.trouble:
            return Finding(NAME, OK, f"{unit.name} has {VARIABLE}=1, so they drop by themselves")
        return Finding(NAME, ADVICE, f"{VARIABLE}=1 is set, which this driver, {card.version}, ignores")
    if not card.knows_boost:
        return Finding(
            NAME, OK if rests else ADVICE, "this driver has no switch for it; green-idle lowers clocks"
        )
    state = ADVICE if rests else WARNING
    beside = "; green-idle saves it here meanwhile" if rests else ""
    return Finding(NAME, state, f"the boost is on. {COST}{beside}:", set_variable(unit.name, VARIABLE, "1"))
