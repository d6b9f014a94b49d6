# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What an auditor has to know of the program that writes."""

from __future__ import annotations

from typing import Any

import attrs

from green_common.config import Config, TelemetryConfig, canonical_text, digest
from green_telemetry.audit.start import pynvml_version, start_of
from green_telemetry.books import Books
from green_telemetry.meter import Meter
from green_telemetry.sampler import Sampler


def test_the_start_names_versions_gpus_and_the_configuration(gpu: Any) -> None:
    """In a line and in fields, and simulated where it is."""
    meter = Meter(Sampler(gpu), Books(700.0, integrate=False))

    start = start_of(Config(), "580.159", [meter], simulated=True)

    fields = start.fields()
    assert (fields["gpu_names"], fields["gpu_uuids"]) == (("Fake",), ("GPU-fake",))
    assert fields["config_digest"] == digest(Config())
    assert fields["driver_version"] == "580.159"
    assert start.say.endswith(", simulated")
    assert digest(Config())[:12] in start.say


def test_pynvml_says_its_version() -> None:
    """Where its metadata lies beside it."""
    version = pynvml_version()

    assert version is not None
    assert version.split(".")[0].isdigit()


def test_another_value_is_another_digest() -> None:
    """And the same values are the same."""
    other = attrs.evolve(Config(), telemetry=TelemetryConfig(window_s=30))

    assert digest(Config()) == digest(Config())
    assert digest(other) != digest(Config())
    assert "telemetry.window_s = 30\n" in canonical_text(other)
