# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Clocks on their way down and back, and what may be said of them meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from green_common.errors import UnavailableError
from green_common.gpu import GpuError, GpuPermissionError
from green_idle.actions import Cause, Release
from green_idle.giving_back import GivingBack
from green_idle.held import HeldFile
from green_idle.levers import Levers
from green_idle.report import Reporter
from green_idle.resting import RestClocks
from green_idle.worker import GpuSlowError
from unit.green_idle.cards import Card, reading

BOTH = RestClocks(345, 1593)
SOON_MS = 5000


class SlowCard(Card):
    """Its reset returns when it is let."""

    goes_on: threading.Event

    def reset_sm_clocks(self) -> None:
        assert self.goes_on.wait(10.0)
        super().reset_sm_clocks()


class FullFile(HeldFile):
    """On a file system that takes nothing more."""

    def discard(self, uuids: Iterable[str]) -> None:
        raise UnavailableError(f"can't be written without {', '.join(uuids)}")


@pytest.fixture
def held(tmp_path: Path) -> HeldFile:
    return HeldFile(str(tmp_path / "held"))


def levers_of(card: Card, held: HeldFile) -> Levers:
    """With its clocks locked."""
    levers = Levers({card.uuid: card}, held, Reporter(structlog.get_logger(), simulated=False))
    assert levers.lock({card.uuid: BOTH}, only_above=False) == {}
    return levers


def release(levers: Levers, *, leave: str | None = None, wait_ms: int = SOON_MS) -> GivingBack | None:
    wish = Release(1, Cause.RIVAL if leave else Cause.REQUEST, "a test", leave=leave)
    with capture_logs():
        return levers.give_back(wish, time.monotonic(), wait_ms)


def test_a_release_waits_for_clocks_that_a_measurement_wanted_back(held: HeldFile) -> None:
    """They may be low yet, and 'released' is for all."""
    card = SlowCard()
    card.goes_on = threading.Event()
    levers = levers_of(card, held)

    slow = levers.unlock("GPU-a", 0.01)
    early = release(levers, wait_ms=10)
    card.goes_on.set()

    assert isinstance(slow, GpuSlowError)
    assert early is None
    assert release(levers) is not None
    assert card.locked_mhz is None


def test_clocks_that_a_measurement_could_not_give_back_fail_the_release(held: HeldFile) -> None:
    """Saying 'released' would be a lie."""
    refusal = GpuError("no")
    card = Card()
    levers = levers_of(card, held)
    card.failing["reset_sm_clocks"] = refusal

    assert levers.unlock("GPU-a", 5.0) is refusal

    giving = release(levers)
    assert giving is not None
    assert giving.failed == {"GPU-a": refusal}
    assert held.names("GPU-a")


def test_a_rival_keeps_its_clock_and_the_memory_goes_back(held: HeldFile) -> None:
    """Nobody else would give that back, once the file does not name it any more."""
    card = Card()
    levers = levers_of(card, held)
    card.locked_mhz = 1005

    giving = release(levers, leave="GPU-a")
    assert giving is not None
    with capture_logs():
        levers.follow(giving, time.monotonic())

    assert (card.locked_mhz, card.locked_memory_mhz) == (1005, None)
    assert levers.restored == set()
    assert not held.exists()


def test_a_file_that_names_too_much_is_no_failed_lock(tmp_path: Path) -> None:
    """Whoever heard of one would take the other card for not locked."""
    refusal = GpuPermissionError("no")
    cards = {"GPU-a": Card("GPU-a", failing={"lock_sm_clocks": refusal}), "GPU-b": Card("GPU-b", 1)}
    levers = Levers(
        cards, FullFile(str(tmp_path / "held")), Reporter(structlog.get_logger(), simulated=False)
    )

    failed = levers.lock({"GPU-a": BOTH, "GPU-b": BOTH}, only_above=False)

    assert failed == {"GPU-a": refusal}
    assert levers.locked == {"GPU-b": BOTH}


def two_given_back(held: HeldFile) -> tuple[Levers, dict[str, Card]]:
    """Both were locked, and neither was seen to rise yet."""
    cards = {"GPU-a": Card("GPU-a"), "GPU-b": Card("GPU-b", 1)}
    levers = Levers(cards, held, Reporter(structlog.get_logger(), simulated=False))
    assert levers.lock(dict.fromkeys(cards, BOTH), only_above=False) == {}
    giving = release(levers)
    assert giving is not None
    with capture_logs():
        levers.follow(giving, 0.0)
    return levers, cards


def test_a_lock_on_one_gpu_leaves_the_others_to_be_seen_to_rise(held: HeldFile) -> None:
    """The file goes on naming them until then, and no longer."""
    levers, _ = two_given_back(held)

    levers.lock({"GPU-a": BOTH}, only_above=False)
    waited_for = levers.restored
    levers.check([reading(uuid="GPU-b")], 1.0)

    assert waited_for == {"GPU-b"}
    assert (held.names("GPU-a"), held.names("GPU-b")) == (True, False)


def test_a_gpu_that_was_given_back_and_needs_no_lock_is_still_seen_to_rise(held: HeldFile) -> None:
    """Else the file would name it for ever, and a stop would undo a lock that somebody else has set."""
    levers, cards = two_given_back(held)
    cards["GPU-a"].natural_mhz = BOTH.sm_mhz

    levers.lock({"GPU-a": BOTH}, only_above=True)
    levers.check([reading(345), reading(uuid="GPU-b")], 2.0)

    assert levers.locked == {}
    assert not held.exists()


def test_a_lock_that_fails_leaves_what_was_given_back_in_the_file(held: HeldFile) -> None:
    """It was not seen to rise, whatever came of the second lock."""
    levers, cards = two_given_back(held)
    cards["GPU-a"].failing["lock_sm_clocks"] = GpuPermissionError("no")

    levers.lock({"GPU-a": BOTH}, only_above=False)

    assert levers.restored == {"GPU-a", "GPU-b"}
    assert held.names("GPU-a")


def test_a_gpu_that_stays_low_is_named_and_the_other_is_forgotten(held: HeldFile) -> None:
    """Each is seen for itself, and only the one that is stuck is reset again."""
    levers, cards = two_given_back(held)

    with capture_logs() as told:
        levers.check([reading(345, busy_percent=90), reading(uuid="GPU-b")], 2.0)

    assert [(line["event"], line["gpu"]) for line in told] == [("clocks.stuck", "GPU-a")]
    assert [card.said("reset_sm_clocks") for card in cards.values()] == [2, 1]
    assert (held.names("GPU-a"), held.names("GPU-b")) == (True, False)


def test_a_stop_finishes_without_another_reading(held: HeldFile) -> None:
    """It looks at the clocks itself."""
    levers, _ = two_given_back(held)

    levers.finish()

    assert not held.exists()


def test_a_second_reset_that_fails_keeps_no_other_in_the_file(held: HeldFile) -> None:
    """Its error is told once all were seen."""
    refusal = GpuError("no")
    levers, cards = two_given_back(held)
    cards["GPU-a"].failing["reset_sm_clocks"] = refusal

    with pytest.raises(GpuError) as raised, capture_logs():
        levers.check([reading(345, busy_percent=90), reading(uuid="GPU-b")], 2.0)

    assert raised.value is refusal
    assert levers.restored == {"GPU-a"}
    assert (held.names("GPU-a"), held.names("GPU-b")) == (True, False)


def test_a_gpu_that_is_lost_is_not_waited_for(held: HeldFile) -> None:
    """The file goes on naming it, and the end does not ask for it."""
    levers, cards = two_given_back(held)
    del cards["GPU-a"]

    levers.forget("GPU-a")
    levers.finish()

    assert (held.names("GPU-a"), held.names("GPU-b")) == (True, False)


def test_a_gpu_that_is_lost_before_the_driver_is_through_is_not_waited_for(held: HeldFile) -> None:
    """There is nobody to read it any more."""
    card = Card()
    gpus = {card.uuid: card}
    levers = Levers(gpus, held, Reporter(structlog.get_logger(), simulated=False))
    levers.lock({card.uuid: BOTH}, only_above=False)
    giving = release(levers)
    assert giving is not None

    gpus.clear()
    with capture_logs():
        levers.follow(giving, 0.0)

    assert levers.restored == set()
    assert held.names("GPU-a")
