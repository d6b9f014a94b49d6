# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The clocks that a card can rest at, and those that it is given back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from green_common.config.schema import IdleConfig
from green_common.errors import ConfigError, GreenError
from green_common.gpu import Gpu, GpuError, GpuUnsupportedError
from green_idle.calibration.arms import Arm
from green_idle.watch import read


@dataclass(frozen=True, slots=True)
class RestClocks:
    """The SM clock to rest at, and the memory clock beside it; None leaves the memory alone."""

    sm_mhz: int
    memory_mhz: int | None = None

    def of(self, arm: Arm) -> RestClocks:
        """What is locked in this arm."""
        return self if arm is Arm.SM_AND_MEMORY else RestClocks(self.sm_mhz)

    @property
    def arms(self) -> tuple[Arm, ...]:
        return (Arm.OWN, Arm.SM) if self.memory_mhz is None else tuple(Arm)


@dataclass(frozen=True, slots=True)
class Choice:
    """By UUID: the clocks to rest at, and why the others can't rest."""

    rests: dict[str, RestClocks] = field(default_factory=dict)
    cannot: dict[str, GreenError] = field(default_factory=dict)


def choose_all(gpus: Iterable[Gpu], config: IdleConfig) -> Choice:
    """Raises ConfigError where no card has the clocks that are configured."""
    choice = Choice()
    wrong: list[ConfigError] = []
    for gpu in gpus:
        try:
            # Without readings somebody else's work would go unseen.
            read(gpu)
            check_restored(gpu, config.restore_sm_clock_mhz)
            choice.rests[gpu.uuid] = choose(gpu, config.rest_sm_clock_mhz)
        except ConfigError as error:
            choice.cannot[gpu.uuid] = error
            wrong.append(error)
        except GpuError as error:
            choice.cannot[gpu.uuid] = error
    if wrong and not choice.rests:
        raise wrong[0]
    return choice


def choose(gpu: Gpu, wanted_mhz: int) -> RestClocks:
    """
    The clocks to rest at; 0 wants the lowest SM clock that the card has.

    Raises ConfigError where the card does not have it, GpuError where the card can't tell.
    """
    has_mhz = _sm_clocks_mhz(gpu)
    if wanted_mhz == 0:
        return RestClocks(has_mhz[0], _memory_mhz(gpu))
    _demand(gpu, "idle.rest_sm_clock_mhz", wanted_mhz, has_mhz)
    return RestClocks(wanted_mhz, _memory_mhz(gpu))


def check_restored(gpu: Gpu, restore_mhz: int) -> None:
    """Raises ConfigError where the card does not have the clock that a release is to set."""
    if restore_mhz:
        _demand(gpu, "idle.restore_sm_clock_mhz", restore_mhz, _sm_clocks_mhz(gpu))


def _demand(gpu: Gpu, key: str, wanted_mhz: int, has_mhz: tuple[int, ...]) -> None:
    if wanted_mhz in has_mhz:
        return
    nearest_mhz = min(has_mhz, key=lambda mhz: abs(mhz - wanted_mhz))
    raise ConfigError(
        f"{key} is {wanted_mhz}, which GPU {gpu.index} ({gpu.name}) does not have; "
        f"the nearest it has is {nearest_mhz}, the lowest {has_mhz[0]}"
    )


def _sm_clocks_mhz(gpu: Gpu) -> tuple[int, ...]:
    has_mhz = gpu.read_supported_sm_clocks_mhz()
    if not has_mhz:
        raise GpuUnsupportedError(f"GPU {gpu.index} ({gpu.uuid}): names no SM clock that it supports")
    return has_mhz


def _memory_mhz(gpu: Gpu) -> int | None:
    """The lowest, where there is a choice; whether it can be locked shows when it is tried."""
    try:
        has_mhz = gpu.read_supported_memory_clocks_mhz()
    except GpuError:
        return None
    return has_mhz[0] if len(has_mhz) > 1 else None
