# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The aims, met or missed."""

from __future__ import annotations

from dataclasses import replace

from bench.proxy.aims import Aim, aims
from bench.proxy.figures import Measured
from bench.proxy.variants import ON
from unit.bench.proxy.scene import LARGE, closed, rest


def by_name(found: list[Aim]) -> dict[str, bool | None]:
    return {aim.name: aim.met for aim in found}


def test_each_aim_is_held_against_its_limit() -> None:
    """Some are lower bounds, others upper ones."""
    figures = Measured([closed(ON, 7999)], [rest(ON)], 0.1).figures(ON)

    met = by_name(aims(replace(figures, held=LARGE, first_token_p50_ms=0.6)))

    assert met["requests a second on one core"] is False
    assert met["added time to first token, p50"] is True
    assert met["CPU at rest, both feed readers connected"] is True


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    """As with a part of the variants."""
    figures = Measured([closed(ON, 9000)], [], 0.1).figures(ON)

    assert by_name(aims(figures))["CPU per million tokens, of nginx's"] is None


def test_memory_with_a_vocabulary_needs_one_to_be_loaded() -> None:
    """Where nobody asked for one, a small figure would say nothing."""
    figures = Measured([closed(ON, 9000)], [rest(ON, shows=0)], 0.1).figures(ON)

    met = by_name(aims(replace(figures, held=LARGE)))

    assert met["RSS with it, all streams open"] is None
