# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command line."""

from __future__ import annotations

import pytest

from bench.proxy.options import read_options
from bench.proxy.plan import PROFILED, QUICK, Plan


def test_a_full_run_has_all_variants_and_three_rounds() -> None:
    """LiteLLM is left out later, where it can't be installed."""
    options = read_options([])

    assert options.variants == ("direct", "nginx", "haproxy", "stock", "plain", "litellm", "off", "on")
    assert options.plan == Plan(rounds=3)


def test_a_quick_run_is_one_round_without_litellm() -> None:
    """Unless it is asked for."""
    assert read_options(["--quick"]).plan == QUICK
    assert "litellm" not in read_options(["--quick"]).variants
    assert "litellm" in read_options(["--quick", "--with-litellm"]).variants


def test_what_others_are_held_against_always_comes_with_them() -> None:
    """Direct and nginx, before what was asked for."""
    assert read_options(["--only", "on"]).variants == ("direct", "nginx", "on")


def test_an_unknown_variant_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    with pytest.raises(SystemExit):
        read_options(["--only", "apache"])

    assert "apache: there are direct, nginx" in capsys.readouterr().err


def test_a_profile_is_of_green_proxy_alone() -> None:
    """For longer, so that there are samples enough."""
    options = read_options(["--profile"])

    assert options.variants == ("on",)
    assert options.plan == PROFILED
