# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Clocks are lowered and given back, each GPU for itself."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import pytest

from green_common.errors import UnavailableError
from green_common.gpu import GpuError, GpuLostError, GpuPermissionError, GpuUnsupportedError, Unopened
from green_idle.clocks import ClockLock, recover
from green_idle.held import HeldFile
from green_idle.resting import RestClocks
from green_idle.worker import GpuSlowError, wait_for
from unit.green_idle.cards import Card

LOW = RestClocks(345)
REST = {"GPU-a": LOW, "GPU-b": LOW}


def lock_of(cards: list[Card], held: HeldFile) -> ClockLock:
    return ClockLock({card.uuid: card for card in cards}, held)


def finish(lock: ClockLock, *, leave: str | None = None) -> dict[str, GpuError]:
    """The errors of a reset that is waited for."""
    calls = lock.reset(leave=leave)
    assert wait_for(calls.values(), 5.0)
    return {uuid: call.error for uuid, call in calls.items() if call.error}


class HangingCard(Card):
    """Its lock returns when it is let."""

    def __init__(self, uuid: str, goes_on: threading.Event) -> None:
        super().__init__(uuid)
        self._goes_on = goes_on

    def lock_sm_clocks(self, low_mhz: int, high_mhz: int) -> None:
        assert self._goes_on.wait(10.0)
        super().lock_sm_clocks(low_mhz, high_mhz)


@pytest.fixture
def held(tmp_path: Path) -> HeldFile:
    return HeldFile(str(tmp_path / "held"))


def test_lowering_names_the_gpus_before_it_locks_them(held: HeldFile) -> None:
    """All are locked, and the file knows them."""
    cards = [Card("GPU-a"), Card("GPU-b", 1)]
    lock = lock_of(cards, held)

    assert lock.lower(REST) == {}
    assert [card.locked_mhz for card in cards] == [345, 345]
    assert lock.locked == REST
    assert held.names("GPU-a") and held.names("GPU-b")


def test_without_the_file_nothing_is_locked(tmp_path: Path) -> None:
    """A crash would leave it low for ever."""
    card = Card()

    with pytest.raises(UnavailableError):
        lock_of([card], HeldFile(str(tmp_path / "missing" / "held"))).lower({"GPU-a": LOW})

    assert card.locked_mhz is None


def test_a_card_that_is_low_by_itself_is_left_alone(held: HeldFile) -> None:
    """Neither locked nor named."""
    cards = [Card("GPU-a"), Card("GPU-b", 1, natural_mhz=345)]
    lock = lock_of(cards, held)

    lock.lower(REST)

    assert lock.locked == {"GPU-a": LOW}
    assert not held.names("GPU-b")
    assert cards[1].said("lock_sm_clocks") == 0


def test_with_every_card_low_no_file_is_written(held: HeldFile) -> None:
    """Nothing is held."""
    lock = lock_of([Card(natural_mhz=345)], held)

    assert lock.lower({"GPU-a": LOW}) == {}
    assert not held.exists()


@pytest.mark.parametrize("refusal", [GpuPermissionError("no"), GpuUnsupportedError("no")])
def test_a_refused_lock_is_not_ours_to_reset(held: HeldFile, refusal: GpuError) -> None:
    """The other card is locked all the same."""
    cards = [Card("GPU-a", failing={"lock_sm_clocks": refusal}), Card("GPU-b", 1)]
    lock = lock_of(cards, held)

    assert lock.lower(REST) == {"GPU-a": refusal}
    assert lock.locked == {"GPU-b": LOW}


def test_a_lock_that_broke_off_is_reset_with_the_others(held: HeldFile) -> None:
    """Nobody knows whether it was installed."""
    card = Card(failing={"lock_sm_clocks": GpuError("timeout")})
    lock = lock_of([card], held)
    lock.lower({"GPU-a": LOW})

    assert finish(lock) == {}
    assert card.said("reset_sm_clocks") == 1


def test_a_card_that_cannot_be_read_is_not_locked(held: HeldFile) -> None:
    """Its error is told."""
    lost = GpuLostError("gone")
    lock = lock_of([Card(failing={"read_clocks": lost})], held)

    assert lock.lower({"GPU-a": LOW}) == {"GPU-a": lost}
    assert lock.locked == {}


def test_a_reset_goes_on_after_an_error(held: HeldFile) -> None:
    """One lost card keeps no other low; the file goes on naming both."""
    lost = GpuLostError("gone")
    cards = [Card("GPU-a", failing={"reset_sm_clocks": lost}), Card("GPU-b", 1)]
    lock = lock_of(cards, held)
    lock.lower(REST)

    assert finish(lock) == {"GPU-a": lost}
    assert cards[1].locked_mhz is None
    assert held.names("GPU-a")


def test_a_memory_clock_is_locked_and_given_back_where_it_is_asked_for(held: HeldFile) -> None:
    """And the file says so, because another may be an administrator's."""
    card = Card()
    lock = lock_of([card], held)
    lock.set({"GPU-a": RestClocks(345, 1593)})
    locked, named = card.locked_memory_mhz, held.names_memory("GPU-a")

    finish(lock)

    assert (locked, named) == (1593, True)
    assert (card.locked_mhz, card.locked_memory_mhz) == (None, None)


def test_a_memory_clock_that_can_not_be_locked_leaves_nothing_locked(held: HeldFile) -> None:
    """Half of what was asked for would be measured as the whole."""
    refusal = GpuUnsupportedError("no")
    card = Card(failing={"lock_memory_clocks": refusal})
    lock = lock_of([card], held)

    assert lock.set({"GPU-a": RestClocks(345, 1593)}) == {"GPU-a": refusal}
    assert (card.locked_mhz, lock.locked) == (None, {})


def test_the_memory_clock_goes_back_when_only_the_other_is_wanted(held: HeldFile) -> None:
    """From one way to rest to the next."""
    card = Card()
    lock = lock_of([card], held)
    lock.set({"GPU-a": RestClocks(345, 1593)})

    lock.set({"GPU-a": RestClocks(345)})

    assert (card.locked_mhz, card.locked_memory_mhz) == (345, None)


def test_a_driver_that_hangs_stops_nobody(held: HeldFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other card is locked, and what is late is among those to reset."""
    monkeypatch.setattr("green_idle.clocks.LOCKED_WITHIN_S", 0.05)
    goes_on = threading.Event()
    cards = [HangingCard("GPU-a", goes_on), Card("GPU-b", 1)]
    lock = lock_of(cards, held)

    failed = lock.lower(REST)
    goes_on.set()

    assert isinstance(failed["GPU-a"], GpuSlowError)
    assert cards[1].locked_mhz == 345
    assert finish(lock) == {}
    assert [card.locked_mhz for card in cards] == [None, None]


@pytest.mark.parametrize(("restore_mhz", "expected_mhz"), [(1980, 1980), (0, None)])
def test_an_administrators_clock_is_set_instead_of_a_reset(
    held: HeldFile, restore_mhz: int, expected_mhz: int | None
) -> None:
    """Where one is configured."""
    card = Card()
    lock = lock_of([card], held)
    lock.restore_mhz = restore_mhz
    lock.lower({"GPU-a": LOW})

    finish(lock)

    assert card.locked_mhz == expected_mhz


def test_a_clock_that_can_not_be_restored_gives_the_cards_own(held: HeldFile) -> None:
    """Better than one that is low."""
    card = Card(locked_mhz=345, failing={"lock_sm_clocks": GpuError("invalid argument")})
    held.add(["GPU-a"])

    recover([card], held, restore_mhz=1000)

    assert card.locked_mhz is None


def test_a_rivals_gpu_is_forgotten_without_a_reset(held: HeldFile) -> None:
    """Its clocks are somebody else's now."""
    cards = [Card("GPU-a"), Card("GPU-b", 1)]
    lock = lock_of(cards, held)
    lock.lower(REST)

    finish(lock, leave="GPU-a")

    assert (cards[0].said("reset_sm_clocks"), cards[1].said("reset_sm_clocks")) == (0, 1)
    assert lock.locked == {}


def test_a_memory_clock_that_a_rival_has_set_stays_as_well(held: HeldFile) -> None:
    """It is not at the clock that we locked any more."""
    card = Card()
    lock = lock_of([card], held)
    lock.set({"GPU-a": RestClocks(345, 1593)})
    card.locked_mhz, card.locked_memory_mhz = 1005, 2619

    finish(lock, leave="GPU-a")

    assert (card.locked_mhz, card.locked_memory_mhz) == (1005, 2619)


def test_a_card_that_was_found_later_can_be_lost_before_its_first_rest(held: HeldFile) -> None:
    """It has no thread yet that could hang."""
    gpus = {"GPU-a": Card("GPU-a")}
    lock = ClockLock(gpus, held)
    gpus["GPU-b"] = Card("GPU-b", 1)

    lock.forget("GPU-b")

    assert lock.lower(REST) == {}


def test_recovery_resets_what_the_file_names(held: HeldFile) -> None:
    """And nothing else: another card's lock may be an administrator's."""
    cards = [Card("GPU-a", locked_mhz=345), Card("GPU-b", 1, locked_mhz=1005)]
    held.add(["GPU-a"])

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
    held.add(["GPU-a"])

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
    held.add(["GPU-a", "GPU-b"])

    with pytest.raises(GpuLostError):
        recover(cards, held)

    assert cards[1].locked_mhz is None
    assert held.exists()


def test_recovery_names_a_card_that_stays_low_before_one_that_is_lost(held: HeldFile) -> None:
    """Beside a lost one the start goes on, beside a low one it must not."""
    refusal = GpuError("no")
    cards = [
        Card("GPU-a", locked_mhz=345, failing={"reset_sm_clocks": GpuLostError("gone")}),
        Card("GPU-b", 1, locked_mhz=345, failing={"reset_sm_clocks": refusal}),
    ]
    held.add(["GPU-a", "GPU-b"])

    with pytest.raises(GpuError) as raised:
        recover(cards, held)

    assert raised.value is refusal


def test_recovery_of_a_card_that_stays_low_resets_twice(
    held: HeldFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may idle so by itself; half a second is all the wait."""
    slept_s: list[float] = []
    monkeypatch.setattr("green_idle.clocks.time.sleep", slept_s.append)
    card = Card(natural_mhz=345)
    held.add(["GPU-a"])

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
    held.add(named)

    with contextlib.nullcontext() if starts else pytest.raises(GpuLostError):
        recover([card], held, [absent])

    assert card.locked_mhz is None
    assert held.exists() is not starts
