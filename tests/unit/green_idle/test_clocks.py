# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Clocks are lowered and given back, each GPU for itself."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from green_common.errors import ConfigError, UnavailableError
from green_common.gpu import GpuError, GpuLostError, GpuPermissionError, GpuUnsupportedError, Unopened
from green_idle.clocks import ClockLock, read, recover, rest_clock_mhz
from green_idle.held import HeldFile
from green_idle.hold import Reading
from unit.green_idle.cards import Card

REST = {"GPU-a": 345, "GPU-b": 345}


@pytest.fixture
def held(tmp_path: Path) -> HeldFile:
    return HeldFile(str(tmp_path / "held"))


@pytest.mark.parametrize(("wanted_mhz", "expected_mhz"), [(0, 345), (345, 345), (1980, 1980)])
def test_the_resting_clock_is_one_that_the_card_has(wanted_mhz: int, expected_mhz: int) -> None:
    """The lowest unless another was named."""
    assert rest_clock_mhz(Card(), wanted_mhz) == expected_mhz


def test_a_clock_that_the_card_lacks_is_refused_with_the_nearest() -> None:
    """Rounding silently would rest at a clock that nobody chose."""
    with pytest.raises(ConfigError, match=r"rest_sm_clock_mhz is 400.*nearest it has is 360, the lowest 345"):
        rest_clock_mhz(Card(), 400)


def test_a_card_without_a_list_of_clocks_is_unsupported() -> None:
    """Nothing to choose from."""
    with pytest.raises(GpuUnsupportedError, match="names no SM clock"):
        rest_clock_mhz(Card(has_mhz=()), 0)


def test_a_reading_holds_what_the_policy_needs() -> None:
    """Clock, power and utilisation of one card."""
    assert read(Card(busy_percent=3)) == Reading("GPU-a", 1980, 120.0, 3)


def test_lowering_names_the_gpus_before_it_locks_them(held: HeldFile) -> None:
    """All are locked, and the file knows them."""
    cards = [Card("GPU-a"), Card("GPU-b", 1)]
    lock = ClockLock(cards, held)

    assert lock.lower(REST) == {}
    assert [card.locked_mhz for card in cards] == [345, 345]
    assert lock.locked_mhz == REST
    assert held.names("GPU-a") and held.names("GPU-b")


def test_without_the_file_nothing_is_locked(tmp_path: Path) -> None:
    """A crash would leave it low for ever."""
    card = Card()

    with pytest.raises(UnavailableError):
        ClockLock([card], HeldFile(str(tmp_path / "missing" / "held"))).lower({"GPU-a": 345})

    assert card.locked_mhz is None


def test_a_card_that_is_low_by_itself_is_left_alone(held: HeldFile) -> None:
    """Neither locked nor named."""
    cards = [Card("GPU-a"), Card("GPU-b", 1, natural_mhz=345)]
    lock = ClockLock(cards, held)

    lock.lower(REST)

    assert lock.locked_mhz == {"GPU-a": 345}
    assert not held.names("GPU-b")
    assert cards[1].said("lock_sm_clocks") == 0


def test_with_every_card_low_no_file_is_written(held: HeldFile) -> None:
    """Nothing is held."""
    lock = ClockLock([Card(natural_mhz=345)], held)

    assert lock.lower({"GPU-a": 345}) == {}
    assert not held.exists()


@pytest.mark.parametrize("refusal", [GpuPermissionError("no"), GpuUnsupportedError("no")])
def test_a_refused_lock_is_not_ours_to_reset(held: HeldFile, refusal: GpuError) -> None:
    """The other card is locked all the same."""
    cards = [Card("GPU-a", failing={"lock_sm_clocks": refusal}), Card("GPU-b", 1)]
    lock = ClockLock(cards, held)

    assert lock.lower(REST) == {"GPU-a": refusal}
    assert lock.locked_mhz == {"GPU-b": 345}


def test_a_lock_that_broke_off_is_reset_with_the_others(held: HeldFile) -> None:
    """Nobody knows whether it was installed."""
    card = Card(failing={"lock_sm_clocks": GpuError("timeout")})
    lock = ClockLock([card], held)
    lock.lower({"GPU-a": 345})

    assert lock.reset() == {}
    assert card.said("reset_sm_clocks") == 1


def test_a_card_that_cannot_be_read_is_not_locked(held: HeldFile) -> None:
    """Its error is told."""
    lost = GpuLostError("gone")
    lock = ClockLock([Card(failing={"read_clocks": lost})], held)

    assert lock.lower({"GPU-a": 345}) == {"GPU-a": lost}
    assert lock.locked_mhz == {}


def test_a_reset_goes_on_after_an_error(held: HeldFile) -> None:
    """One lost card keeps no other low, and is tried again."""
    lost = GpuLostError("gone")
    cards = [Card("GPU-a", failing={"reset_sm_clocks": lost}), Card("GPU-b", 1)]
    lock = ClockLock(cards, held)
    lock.lower(REST)

    assert lock.reset() == {"GPU-a": lost}
    assert cards[1].locked_mhz is None
    assert lock.locked_mhz == {"GPU-a": 345}


def test_a_rivals_gpu_is_forgotten_without_a_reset(held: HeldFile) -> None:
    """Its clocks are somebody else's now."""
    cards = [Card("GPU-a"), Card("GPU-b", 1)]
    lock = ClockLock(cards, held)
    lock.lower(REST)

    lock.reset(leave="GPU-a")

    assert (cards[0].said("reset_sm_clocks"), cards[1].said("reset_sm_clocks")) == (0, 1)
    assert lock.locked_mhz == {}


def test_recovery_resets_what_the_file_names(held: HeldFile) -> None:
    """And nothing else: another card's lock may be an administrator's."""
    cards = [Card("GPU-a", locked_mhz=345), Card("GPU-b", 1, locked_mhz=1005)]
    held.write(["GPU-a"])

    assert recover(cards, held) == ["GPU-a"]
    assert [card.locked_mhz for card in cards] == [None, 1005]
    assert not held.exists()


def test_recovery_without_a_file_does_nothing(held: HeldFile) -> None:
    """Not even a reading."""
    card = Card()

    assert recover([card], held) == []
    assert card.calls == []


def test_recovery_that_fails_keeps_the_file(held: HeldFile) -> None:
    """The next start tries again."""
    held.write(["GPU-a"])

    with pytest.raises(GpuLostError):
        recover([Card(failing={"reset_sm_clocks": GpuLostError("gone")})], held)

    assert held.exists()


@pytest.mark.parametrize("call", ["read_clocks", "reset_sm_clocks"])
def test_recovery_goes_on_after_an_error(held: HeldFile, call: str) -> None:
    """One lost card keeps no other low; the file stays for its sake."""
    cards = [
        Card("GPU-a", locked_mhz=345, failing={call: GpuLostError("gone")}),
        Card("GPU-b", 1, locked_mhz=345),
    ]
    held.write(["GPU-a", "GPU-b"])

    with pytest.raises(GpuLostError):
        recover(cards, held)

    assert cards[1].locked_mhz is None
    assert held.exists()


def test_recovery_of_a_card_that_stays_low_resets_twice(
    held: HeldFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may idle so by itself; half a second is all the wait."""
    slept_s: list[float] = []
    monkeypatch.setattr("green_idle.clocks.time.sleep", slept_s.append)
    card = Card(natural_mhz=345)
    held.write(["GPU-a"])

    recover([card], held)

    assert card.said("reset_sm_clocks") == 2
    assert sum(slept_s) == pytest.approx(0.5)
    assert not held.exists()


@pytest.mark.parametrize(("named", "starts"), [(["GPU-a"], True), (["GPU-a", "GPU-lost"], False)])
def test_recovery_beside_a_card_that_can_not_be_opened(
    held: HeldFile, named: list[str], starts: bool
) -> None:
    """It goes on where that one was not held; else the file stays, and the next start tries again."""
    card, absent = Card("GPU-a", locked_mhz=345), Unopened(1, GpuLostError("GPU 1 is lost"))
    held.write(named)

    with contextlib.nullcontext() if starts else pytest.raises(GpuLostError):
        recover([card], held, [absent])

    assert card.locked_mhz is None
    assert held.exists() is not starts
