# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One GPU's books, fed with its samples."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest

from green_common.gpu import GpuUnsupportedError
from green_telemetry.books import Books
from green_telemetry.sampler import Sampler
from green_telemetry.timeline import Generation

MakeGeneration = Callable[..., Generation]
Step = Callable[..., bool]


@pytest.fixture
def books() -> Books:
    return Books(700.0, integrate=False)


@pytest.fixture
def step(gpu: Any, books: Books) -> Step:
    """Let time pass, then book a sample."""
    sampler = Sampler(gpu, clock=lambda: gpu.now_s)

    def step(seconds: float, *, quiet: bool = True, with_counter: bool = True) -> bool:
        gpu.pass_time(seconds)
        return books.book(sampler.sample(with_counter=with_counter), quiet=quiet, regular=True)

    return step


def test_an_idle_window_is_all_baseline(gpu: Any, books: Books, step: Step) -> None:
    """Unattributed is within 2 %, with a reading of the counter every 5 s only."""
    for beat in range(121):
        step(0.5, with_counter=beat % 10 == 0)
    books.end_window()

    books.settle([], gpu.now_s)
    (window,) = books.take_windows()

    fields = window.fields()
    assert fields["energy_j"] == pytest.approx(6000.0)
    assert abs(fields["unattributed_percent"]) < 0.5
    assert (fields["samples"], fields["power_mean_w"], fields["power_deviation_w"]) == (121, 100.0, 0.0)


def test_the_baseline_follows_clocks_that_are_lowered_in_the_window(
    gpu: Any, books: Books, step: Step
) -> None:
    """From 124 W to 72 W and back, the idle window stays within 2 %."""
    for beat in range(121):
        low = 30 <= beat < 90
        gpu.power_w, gpu.sm_clock_mhz = (72.0, 345) if low else (124.0, 1980)
        step(0.5, with_counter=beat % 10 == 0)
    books.end_window()

    books.settle([], gpu.now_s)
    (window,) = books.take_windows()

    assert abs(window.fields()["unattributed_percent"]) < 2.0


def test_a_generation_alone_pays_what_it_drew(
    gpu: Any, books: Books, step: Step, make_generation: MakeGeneration
) -> None:
    """Within 1 %, whatever the phase of the counter's steps."""
    gpu.pass_time(0.03)
    for _ in range(20):
        step(0.5)
    forwarded_s = gpu.now_s
    gpu.power_w, gpu.gpu_percent = 571.0, 100
    for _ in range(6):
        step(0.5, quiet=False)
    generation = make_generation("a", forwarded_s, forwarded_s + 0.5, gpu.now_s, prefill_s=0.5)
    gpu.power_w = 100.0
    step(0.11, quiet=False)

    entries = books.settle([generation], gpu.now_s)

    charged_j = sum(charge.energy_j for entry in entries for charge in entry.charges)
    assert charged_j == pytest.approx(3.0 * 471.0, rel=0.01)
    assert books.ledger.closed_for(generation)


def test_windows_meet_at_a_reading(gpu: Any, books: Books, step: Step) -> None:
    """So that an auditor can add them up."""
    for _ in range(2):
        for _ in range(20):
            step(0.5)
        books.end_window()

    books.settle([], gpu.now_s)
    first, second = books.take_windows()

    assert (first.last_s, first.last_j) == (second.first_s, second.first_j)


def test_the_printed_accounts_add_up(gpu: Any, books: Books, step: Step) -> None:
    """To the millijoule, after rounding."""
    for beat in range(20):
        gpu.power_w = 100.0 + beat / 7
        step(0.37)
    books.end_window()

    books.settle([], gpu.now_s)
    (window,) = books.take_windows()

    fields = window.fields()
    parts_j = fields["baseline_j"] + fields["generations_j"] + fields["unattributed_j"]
    assert parts_j == pytest.approx(fields["counter_last_j"] - fields["counter_first_j"], abs=1e-6)
    assert fields["energy_j"] > 0


def test_a_counter_that_starts_anew_cuts_the_window(gpu: Any, books: Books, step: Step) -> None:
    """Each part balances for itself, and nothing is guessed between them."""
    for _ in range(10):
        step(0.5)
    gpu.forget_energy()
    whole = step(0.5)
    for _ in range(10):
        step(0.5)
    books.end_window()

    books.settle([], gpu.now_s)
    windows = books.take_windows()

    assert not whole
    assert [window.fields()["energy_j"] for window in windows] == [pytest.approx(450.0), pytest.approx(500.0)]
    assert all(abs(window.fields()["unattributed_j"]) < 1.0 for window in windows)


def test_without_a_counter_power_is_integrated(gpu: Any) -> None:
    """And the method says so."""
    gpu.errors = {"energy": GpuUnsupportedError("no counter")}
    sampler, books = Sampler(gpu, clock=lambda: gpu.now_s), Books(None, integrate=True)
    for _ in range(21):
        gpu.pass_time(0.5)
        books.book(sampler.sample(with_counter=False), quiet=True, regular=True)
    books.end_window()

    books.settle([], gpu.now_s)
    (window,) = books.take_windows()

    assert books.method == "integrated"
    assert window.fields()["energy_j"] == pytest.approx(1000.0)


def test_other_processes_have_an_account(gpu: Any, books: Books, make_generation: MakeGeneration) -> None:
    """Their share of the work while somebody is known to work, all of it while nobody is."""
    sampler = Sampler(gpu, clock=lambda: gpu.now_s)
    for beat in range(16):
        gpu.pass_time(0.5)
        share = 0.25 if beat >= 8 else None
        gpu.power_w = 500.0 if beat >= 7 else 100.0
        sample = dataclasses.replace(sampler.sample(with_counter=True), others_share=share)
        books.book(sample, quiet=beat < 8, regular=True)
    books.end_window()
    worked = make_generation("a", 4.0, 4.5, 6.0, prefill_s=0.5)

    books.settle([worked], math.inf)

    (window,) = books.take_windows()
    fields = window.fields()
    assert fields["others_j"] == pytest.approx(0.25 * 800.0 + 800.0, abs=160.0)
    assert fields["generations_j"] == pytest.approx(600.0, abs=160.0)
    assert abs(fields["unattributed_j"]) < 50.0


def test_a_window_waits_for_what_was_thrown_away_in_it(
    gpu: Any, books: Books, step: Step, make_generation: MakeGeneration
) -> None:
    """Its account of that is whole only once the receipt is written."""
    for _ in range(4):
        step(0.5)
    ended = make_generation("a", 0.5, 0.6, 1.2)
    books.end_window()
    books.settle([ended], gpu.now_s)

    early = books.take_windows([ended])
    books.throw_away(1.2, 17.0)
    (window,) = books.take_windows([])

    assert early == []
    assert window.fields()["thrown_away_j"] == 17.0
