# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What can stand beside what."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from green_qwen.bench.surroundings import saved_form, surroundings_from, why_doubtful, why_not
from unit.green_qwen.bench.taken import LOAD, ON, run


def test_the_same_can_be_compared() -> None:
    """Also where the model server's version differs: that may be the change that is measured."""
    assert not list(why_not(ON, dataclasses.replace(ON, server="Ollama 0.33")))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"driver": "570.1"}, "other driver: 580.159 and 570.1"),
        ({"gpus": ("NVIDIA L40S",)}, "other card: NVIDIA H100 and NVIDIA L40S"),
        ({"gpu_uuids": ("GPU-2",)}, "other card of the same kind"),
        ({"power_limits_w": (350.0,)}, "other power limit"),
        ({"model": "qwen3:8b"}, "other model: qwen3:32b and qwen3:8b"),
        ({"digest": "sha256:2"}, "other content of the model"),
        ({"simulated": True}, "one is simulated"),
        ({"load": dataclasses.replace(LOAD, seed=8)}, "other load: seed 7 and 8"),
        ({"load": dataclasses.replace(LOAD, clients=4)}, "other load: clients 50 and 4"),
    ],
)
def test_what_differs_is_named(change: dict[str, Any], reason: str) -> None:
    """With both values."""
    (said,) = why_not(ON, dataclasses.replace(ON, **change))

    assert said.startswith(reason)


def test_a_stranger_on_the_gpu_makes_a_run_doubtful() -> None:
    """By its name, so that it can be stopped."""
    on = dataclasses.replace(ON, others=("process 12 (python3)",))

    assert "process 12 (python3)" in next(why_doubtful("after, run 1", on, run()))


def test_a_gpu_that_worked_before_the_load_does_too() -> None:
    """Somebody else asks that server."""
    (said,) = why_doubtful("after, run 1", dataclasses.replace(ON, busy=True), run())

    assert "other clients" in said


def test_heat_and_hardware_are_doubtful_and_a_power_limit_is_a_setting() -> None:
    """At its limit a card is as it was bought."""
    hot = run(throttled={"thermal_slowdown": 3, "power_cap": 9})

    (said,) = why_doubtful("before, run 1", ON, hot)

    assert "thermal_slowdown 3 times" in said
    assert not list(why_doubtful("before, run 1", ON, run(throttled={"power_cap": 9})))


def test_many_failures_are_doubtful() -> None:
    """One of twenty is the most."""
    assert not list(why_doubtful("x", ON, run(answered=100, failures={"status 503": 5})))
    assert "status 503 6 times" in next(why_doubtful("x", ON, run(answered=100, failures={"status 503": 6})))


def test_it_is_read_back_as_it_was_saved() -> None:
    """So that results can be compared later."""
    assert surroundings_from(saved_form(ON)) == ON


def test_the_fields_of_requests_are_saved_as_the_user_gave_them() -> None:
    """An object in the file, and the same again when it is read."""
    on = dataclasses.replace(ON, request_fields='{"think": false, "options": {"temperature": 0}}')

    saved = saved_form(on)

    assert saved["request_fields"] == {"think": False, "options": {"temperature": 0}}
    assert surroundings_from(saved) == on


def test_a_file_of_an_earlier_version_tells_no_fields() -> None:
    """Which is not the same as none."""
    saved = saved_form(ON)
    del saved["request_fields"]

    assert surroundings_from(saved).request_fields is None


def test_fields_that_are_no_object_are_refused() -> None:
    """Bench can't have saved them."""
    with pytest.raises(TypeError, match="request_fields"):
        surroundings_from({**saved_form(ON), "request_fields": [1]})


def test_other_fields_are_no_reason_against_a_comparison() -> None:
    """Thinking on against off is one that is wanted."""
    assert not list(why_not(ON, dataclasses.replace(ON, request_fields='{"think": false}')))
