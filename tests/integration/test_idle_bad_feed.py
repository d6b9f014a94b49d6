# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whatever comes over the feed, the root process lives on, and clocks are up in the end."""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from green_common.feed.codec import encode
from green_common.feed.messages import (
    MAX_MESSAGE_BYTES,
    Accepted,
    Beat,
    Finished,
    Forwarded,
    FromProxy,
    Hello,
    Tokens,
)
from integration.idle_rig import World, wait_for

HALF = "\ud800 half a character\nREADY=1"
ODD_VALUES: tuple[Any, ...] = (True, None, -1, 2**53, 2**70, 1.5, "1", "", HALF, [], {}, [[]], "x" * 4000)
Assault = Callable[[World], None]


def raw(world: World, datagram: bytes) -> None:
    """Until the reader has gone, which it may do at any time."""
    with contextlib.suppress(OSError):
        world.proxy.say_raw(datagram)


def message(**fields: Any) -> bytes:
    content = {"v": 1, "n": 99, "t_s": 1.0, "type": "beat", "accepted": 0, "in_flight": 0}
    return json.dumps({**content, **fields}).encode()


def wrong_versions(world: World) -> None:
    for version in (0, 2, True, "1", 1.5, None):
        raw(world, message(v=version))


def huge_lines(world: World) -> None:
    for size in (MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES + 1, 60_000):
        raw(world, b'{"v":1,"n":99,"type":"' + b"x" * size)


def deep_nesting(world: World) -> None:
    raw(world, b"[" * MAX_MESSAGE_BYTES)
    raw(world, b'{"v":' * 500)


def odd_values(world: World) -> None:
    for name in ("n", "t_s", "type", "accepted", "in_flight"):
        for value in ODD_VALUES:
            raw(world, message(**{name: value}))


def empty_lines(world: World) -> None:
    raw(world, b"\n" * 4000)


def noise(world: World) -> None:
    dice = random.Random(5)
    for _ in range(200):
        raw(world, dice.randbytes(dice.randrange(1, 4000)))


def flipped_bits(world: World) -> None:
    dice = random.Random(6)
    honest: list[FromProxy] = [
        Hello(1, 1),
        Accepted("r", "/api/chat"),
        Beat(7, 1),
        Forwarded("g", ("r",), "m"),
        Tokens("g", 5),
    ]
    for number in range(2, 400):
        datagram = bytearray(encode(dice.choice(honest), number=number, time_s=1.0))
        datagram[dice.randrange(len(datagram))] ^= 1 << dice.randrange(8)
        raw(world, bytes(datagram))


def counts_that_contradict(world: World) -> None:
    """More in flight than was ever accepted, fewer accepted than before, ends of what never began."""
    world.proxy.say(Beat(0, 5))
    world.proxy.say(Beat(2**53, 0))
    world.proxy.say(Beat(0, 0))
    world.proxy.say(Finished("never", ("never",), "m", 200))
    world.proxy.say(Hello(3, 2**53))


def a_restart_in_the_midst_of_a_request(world: World) -> None:
    world.proxy.accept()
    world.proxy.close()
    world.proxy.accepted = world.proxy.in_flight = 0
    world.proxy.open()


ASSAULTS = [
    wrong_versions,
    huge_lines,
    deep_nesting,
    odd_values,
    empty_lines,
    noise,
    flipped_bits,
    counts_that_contradict,
    a_restart_in_the_midst_of_a_request,
]


@pytest.fixture
def watched(world: World) -> Iterator[World]:
    """At rest; in the end the same process has to be there, and to rest again once the feed is sound."""
    world.rest()
    assert world.idle.process
    yield world
    assert world.idle.process.poll() is None
    world.proxy.close()
    world.proxy.accepted = world.proxy.in_flight = 0
    world.proxy.open()
    wait_for(world.sim.locked, "it rests again with a proxy that can be trusted")


@pytest.mark.parametrize("assault", ASSAULTS)
def test_no_assault_keeps_clocks_low_or_ends_the_process(watched: World, assault: Assault) -> None:
    """Clocks are given back at once; the fixture sees that the process lives and rests again."""
    changes = len(watched.sim.gpu()["history"])
    began_s = time.monotonic()
    assault(watched)

    reset = wait_for(lambda: watched.sim.gpu()["history"][changes:], "a reset", within_s=2)[0]
    assert reset["action"] == "reset_sm"
    assert reset["at_monotonic_s"] - began_s < 1
    assert watched.idle.events("clocks.released")


def test_a_reason_that_can_not_be_written_ends_the_feed_alone(world: World) -> None:
    """It would go into the journal and the status: half a character may not end a root process."""
    world.proxy.grants = False
    world.idle.start()
    wait_for(lambda: "refused a rest" in world.idle.status(), "it asks")
    refused = {"v": 1, "n": 10**6, "t_s": 1.0, "type": "refused", "epoch": 1, "reason": HALF}
    world.proxy.say_raw(json.dumps(refused).encode())

    lost = world.idle.await_event("feed.lost")
    assert "wrong value for 'reason'" in lost["say"]
    assert world.idle.process and world.idle.process.poll() is None
