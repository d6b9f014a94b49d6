# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a GPU shows."""

from __future__ import annotations

from pathlib import Path

from green_common.cgroup import UnitCgroup
from green_common.gpu import GpuError
from green_idle.hold import Reading
from green_idle.readers import Readers
from green_idle.watch import LOOK_EVERY_S, Watch, read
from unit.green_idle.cards import Card

UNIT = "ollama.service"


def test_a_reading_holds_what_the_policy_needs() -> None:
    """Clock, power and utilisation of one card."""
    assert read(Card(busy_percent=3)) == Reading("GPU-a", 1980, 120.0, 3)


def watch(card: Card, root: Path, *pids: int) -> Watch:
    """With the model server's unit, and these processes in it."""
    folder = root / "system.slice" / UNIT
    folder.mkdir(parents=True)
    (folder / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in pids))
    return watch_of(card, root)


def watch_of(card: Card, root: Path) -> Watch:
    """Without that unit."""
    gpus = {card.uuid: card}
    return Watch(gpus, UnitCgroup(UNIT, root), Readers(gpus, list), simulated=False)


def seen(watched: Watch, at_s: float = 0.0) -> Reading:
    """What the card shows then."""
    answers = watched.read(["GPU-a"], at_s)
    assert answers
    reading = answers["GPU-a"]
    assert isinstance(reading, Reading)
    return reading


def test_the_model_servers_gpu_is_told_from_others(tmp_path: Path) -> None:
    """By the processes of its unit."""
    card = Card(pids=(100,))

    reading = seen(watch(card, tmp_path, 100))

    assert (reading.served, reading.foreign_pid) == (True, None)


def test_a_foreign_process_is_seen_within_a_second(tmp_path: Path) -> None:
    """It is not asked for at every reading."""
    card = Card(pids=(100,))
    watched = watch(card, tmp_path, 100)
    seen(watched, 0.0)
    card.pids = (100, 900)

    early, late = seen(watched, 0.5), seen(watched, LOOK_EVERY_S)

    assert (early.foreign_pid, late.foreign_pid) == (None, 900)


def test_an_empty_gpu_is_not_the_model_servers(tmp_path: Path) -> None:
    """Where that runs."""
    assert seen(watch(Card(), tmp_path, 100)).served is False


def test_without_the_unit_an_empty_gpu_may_be(tmp_path: Path) -> None:
    """It can't be told."""
    assert seen(watch(Card(), tmp_path)).served is None


def test_without_the_unit_nobody_is_foreign(tmp_path: Path) -> None:
    """Then utilisation alone tells of others."""
    card = Card(pids=(100,))
    reading = seen(watch_of(card, tmp_path))

    assert (reading.served, reading.foreign_pid) == (None, None)


def test_a_card_that_does_not_tell_who_computes_is_asked_again_at_the_next_reading(tmp_path: Path) -> None:
    """Its error is told each time, and nothing older is taken for what it shows."""
    refusal = GpuError("busy")
    card = Card(failing={"read_compute_pids": refusal})
    watched = watch(card, tmp_path, 100)

    first, again = watched.read(["GPU-a"], 0.0), watched.read(["GPU-a"], 0.25)
    card.failing.clear()

    assert (first, again) == ({"GPU-a": refusal}, {"GPU-a": refusal})
    assert seen(watched, 0.5).served is False


def test_a_gpu_that_is_not_there_is_not_read(tmp_path: Path) -> None:
    """It was lost meanwhile."""
    assert watch_of(Card(), tmp_path).read(["GPU-b"], 0.0) == {}
