# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which load shows what a step saves, and the settings without and with it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from habits import Habit, jobs_that_can_wait, long_dialogues, quick_messages

from bench.shaping.apps import people_without_limits, programs_with_options

# Every step that a setting can turn off; each trial has at most one of them on.
SWITCHES = ("pin", "cap", "merge", "trim", "admit")
# As long as its limit, so that two runs generate the same.
TO_THE_LIMIT = ("--think-tokens", "0", "--answer-tokens", "192")


@dataclass(frozen=True, slots=True)
class Step:
    """One step, the load that shows it, and the simulation that takes it."""

    name: str
    load: str
    habit: Habit
    on: Mapping[str, str]
    off: Mapping[str, str] = field(default_factory=dict)
    simulation: tuple[str, ...] = TO_THE_LIMIT


# The longest ones first, so that the whole takes less time.
STEPS = (
    Step(
        "admit",
        "32 jobs that can wait (batch_wait_s 20)",
        jobs_that_can_wait,
        {"admit": "true", "batch_wait_s": "20"},
    ),
    Step("pin", "3 programs with options of their own, loads of 3 s", programs_with_options, {"pin": "true"}),
    # The loads of bench/gpu have a character for a token; the simulation has four.
    Step(
        "trim",
        "24 long conversations on 16 slots (trim_to_tokens 768)",
        functools.partial(long_dialogues, turns=4),
        {"trim": "true", "trim_to_tokens": "768"},
    ),
    Step("merge", "16 people who press return twice", quick_messages, {"merge": "true"}),
    Step("thinking", "8 people, thinking off", people_without_limits, {"thinking": "off"}, simulation=()),
    Step(
        "cap",
        "8 people, max_output_tokens 128",
        people_without_limits,
        {"cap": "true", "max_output_tokens": "128"},
        simulation=(),
    ),
)


def settings(step: Step, *, on: bool) -> dict[str, str]:
    """Variables for the proxy: all other steps off."""
    chosen = {**dict.fromkeys(SWITCHES, "false"), **(step.on if on else step.off)}
    return {f"GREEN_SHAPING_{name.upper()}": value for name, value in chosen.items()}
