# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The daemons' words as parts of a view."""

from __future__ import annotations

import pytest

from green_qwen.top.reading import cached_part, gpu_part, proxy_part, running_parts
from green_telemetry.views.snapshot import snapshot_fields
from unit.green_telemetry.views.scene import RECEIPT, receipt, snapshot


def test_a_snapshot_of_green_telemetry_is_understood() -> None:
    """Made by its own code."""
    fields = snapshot_fields(snapshot(), [RECEIPT])

    gpu = gpu_part(fields["gpus"][0], [], 10.0)
    (running,) = running_parts(fields, 120.0)

    assert (gpu.uuid, gpu.power_w, gpu.sm_clock_mhz) == ("GPU-1", 120.0, 1980)
    assert gpu.memory_used_bytes is None
    assert (running.request, running.phase, running.tokens, running.age_s) == ("r1", "decode", 12, 2.0)


def test_a_minute_that_is_not_told_is_what_was_seen() -> None:
    """Over as many seconds as there are."""
    points = [(float(second), 100.0) for second in range(21)]
    told = {"power_mean_w": 300.0, "power_deviation_w": 9.0}

    assert gpu_part({}, points, 20.0).over_s == 20.0
    assert gpu_part(told, points, 20.0).power_mean_w == 300.0


def test_each_in_flight_has_an_equal_part_of_the_power() -> None:
    """Of all that are in flight, not only of those that are named."""
    one = {"requests": ["r1", "r2"], "tokens_per_s": 40.0, "phase": "decode", "age_s": 1.0, "tokens": 5}

    (running,) = running_parts({"in_flight": 4, "generations": [one]}, 400.0)

    assert running.tokens_per_s_per_w == pytest.approx(0.4)
    assert running.request == "r1 +1"
    assert running_parts({"in_flight": 1, "generations": [one]}, None)[0].tokens_per_s_per_w is None


def test_a_status_that_is_no_proxys_is_refused() -> None:
    """Another program may listen there."""
    counts = {"waiting": 2.0, "running": 4.0, "merged_identical_total": 3.0}

    part = proxy_part({"counts": counts, "expected_wait_s": 1.5, "slots": 4, "upstream_trouble": "gone\n"})

    assert (part.waiting, part.running, part.slots, part.shared_answers) == (2, 4, 4, 3)
    assert part.trouble == "gone?"
    with pytest.raises(KeyError):
        proxy_part({"status": "ok"})


def test_cache_hits_are_of_those_receipts_that_tell() -> None:
    """Where the server says nothing of its cache, nothing is made up."""
    told = {"prompt_tokens": 100, "cached_tokens": 60}

    found = cached_part([told, {"prompt_tokens": 500}, {**told, "cached_tokens": 0}])

    assert found is not None
    assert (found.prompt_tokens, found.cached_tokens, found.receipts) == (200, 60, 2)
    assert cached_part([{"prompt_tokens": receipt().prompt_tokens}]) is None
