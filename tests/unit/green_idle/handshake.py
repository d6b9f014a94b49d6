# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Both ends of the agreement about clocks in one model: the proxy's holds and green-idle's policy as they are,
between them two queues, a driver that may be late, and requests.

A step is one thing that one of the two does. Time stands still, so that every order of steps can be tried;
what would take time (no answer, a late beat, a wait that is over) is a step of its own.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from green_common.feed.messages import Hold, Released
from green_idle.actions import Action, Ask, Cause, Decline, Lower, Raise, Release
from green_idle.gpu_rest import Part
from green_idle.lease import Mode
from green_idle.policy import Policy
from green_proxy.answer.usage import Usage
from green_proxy.feed.activity import Activity
from green_proxy.feed.holds import Holds
from unit.green_idle.cards import reading

GPUS = ("GPU-a", "GPU-b")
FIRST = 1
END = "the end of the connection"
READER = "green-idle"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may happen in one history; each step of these kinds counts once."""

    requests: int = 2
    holds: int = 2
    ends: int = 1
    troubles: int = 1
    beats: int = 1


class Broken(AssertionError):
    """A request was forwarded to lowered clocks and had not waited."""


@dataclass
class Handshake:
    """One state of both ends; `released_first` and `no_wait` are the mistakes that a test has to find."""

    bounds: Bounds
    released_first: bool = False
    no_wait: bool = False
    policy: Policy = field(init=False)
    holds: Holds = field(default_factory=Holds)
    activity: Activity = field(default_factory=Activity)
    to_idle: deque[Any] = field(default_factory=deque)
    to_proxy: deque[Any] = field(default_factory=deque)
    # What green-idle has still to do, in its order, and what the driver does later.
    operations: deque[Any] = field(default_factory=deque)
    late: deque[Any] = field(default_factory=deque)
    locked: set[str] = field(default_factory=set)
    # Locked under a connection that has ended: an agreement with nobody, until green-idle has seen that.
    orphaned: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    connected: bool = False
    ends: int = 0
    troubles: int = 0
    beats: int = 0

    def __post_init__(self) -> None:
        rest_mhz = dict.fromkeys(GPUS, 345)
        self.policy = Policy(idle_after_s=0.0, first_epoch=FIRST, rest_mhz=rest_mhz)

    @property
    def key(self) -> tuple[Any, ...]:
        """Two states with the same key have the same future."""
        policy, activity = self.policy, self.policy.activity
        gpus = tuple(
            (gpu.part, gpu.cause, gpu.is_paused(0.0), len(gpu._samples)) for gpu in policy.gpus.values()
        )
        return (
            policy.mode,
            policy.epoch,
            gpus,
            activity and (activity.in_flight, activity.accepted, activity.greeted),
            self.holds.epoch,
            self.activity.accepted_total,
            tuple(map(str, self.to_idle)),
            tuple(map(str, self.to_proxy)),
            tuple(map(str, self.operations)),
            tuple(map(str, self.late)),
            frozenset(self.locked),
            frozenset(self.orphaned),
            frozenset(self.waiting),
            frozenset(self.running),
            self.connected,
            self.ends,
            self.troubles,
            self.beats,
        )

    def steps(self) -> Iterator[tuple[str, Callable[[Handshake], None]]]:
        """What can happen next."""
        yield from self._steps_of_idle()
        yield from self._steps_of_proxy()

    def _steps_of_idle(self) -> Iterator[tuple[str, Callable[[Handshake], None]]]:
        if self.late:
            yield "the driver is through", Handshake.driver_is_through
        if self.operations:
            yield "idle goes on", Handshake.go_on
            if self.operations[0][0] == "unlock":
                yield "the driver is late", Handshake.driver_is_late
            return
        if self.to_idle:
            yield "idle hears", Handshake.idle_hears
            return
        if not self.connected and self.policy.activity is None:
            yield "idle connects", Handshake.connect
        if self.policy.mode is not Mode.AWAKE or self.policy.epoch < FIRST + self.bounds.holds - 1:
            yield "idle looks", Handshake.idle_looks
        if self.troubles < self.bounds.troubles and self.policy.mode is not Mode.AWAKE:
            yield "idle gives up", lambda world: world.trouble(Cause.BEAT_LATE, None)
            yield "a GPU is bypassed", lambda world: world.trouble(Cause.BYPASS, GPUS[1])

    def _steps_of_proxy(self) -> Iterator[tuple[str, Callable[[Handshake], None]]]:
        if self.to_proxy:
            yield "proxy hears", Handshake.proxy_hears
        if self.activity.accepted_total < self.bounds.requests:
            yield "a request", Handshake.request
        for one in sorted(self.waiting):
            if self.holds.held is None:
                yield f"{one} is free", lambda world, one=one: world.forward(one, waited=False)  # type: ignore[misc]
            else:
                yield f"{one} has waited", lambda world, one=one: world.forward(one, waited=True)  # type: ignore[misc]
        for one in sorted(self.running):
            yield f"{one} ends", lambda world, one=one: world.finish(one)  # type: ignore[misc]
        if self.connected and self.beats < self.bounds.beats:
            yield "a beat", Handshake.beat
        if self.connected and self.ends < self.bounds.ends:
            yield "the connection ends", Handshake.end

    def connect(self) -> None:
        self.connected = True
        self.policy.connected(0.0)
        self.to_idle.extend(self.activity.greeting(self.holds.epoch))

    def end(self) -> None:
        """As the proxy sees it: what is on its way to it is lost, what is on its way from it is not."""
        self.connected, self.ends = False, self.ends + 1
        self.to_proxy.clear()
        self.orphaned |= self.locked
        self.to_idle.append(END)
        self.holds.left(READER)

    def idle_hears(self) -> None:
        message = self.to_idle.popleft()
        if message == END:
            self._want(self.policy.disconnected("closed", 0.0))
        else:
            self._want(self.policy.heard(message, 0.0))

    def idle_looks(self) -> None:
        """Three readings and a tick: time has passed for both."""
        for _ in range(3):
            now = [reading(345 if uuid in self.locked else 1980, uuid=uuid) for uuid in GPUS]
            watched = self.policy.watched(0.0)
            self._want(self.policy.saw([one for one in now if one.uuid in watched], 0.0))
        self._want(self.policy.tick(0.0))

    def trouble(self, cause: Cause, uuid: str | None) -> None:
        self.troubles += 1
        if uuid is None:
            self._want(self.policy.wake(cause, "a test", 0.0))
        else:
            self._want(self.policy.wake_gpu(uuid, cause, "a test", 0.0))

    def go_on(self) -> None:
        kind, value = self.operations.popleft()
        if kind == "lock":
            self.locked.update(value)
            # It did not know yet.
            self.orphaned |= set(value) if END in self.to_idle else set()
            self.policy.lowered([uuid for uuid in value if self.policy.gpus[uuid].part is Part.SETTING], 0.0)
        elif kind == "unlock":
            self._unlock(value)
        elif self.connected:
            self.to_proxy.append(value)

    def driver_is_late(self) -> None:
        """The feed is heard meanwhile; `released` is said once the driver is through."""
        self.late.append(self.operations.popleft())
        if self.operations and isinstance(self.operations[0][1], Released):
            self.late.append(self.operations.popleft())

    def driver_is_through(self) -> None:
        kind, value = self.late.popleft()
        if kind == "unlock":
            self._unlock(value)
        elif self.connected:
            self.to_proxy.append(value)

    def proxy_hears(self) -> None:
        message = self.to_proxy.popleft()
        if isinstance(message, Hold):
            in_flight = self.activity.in_flight
            answer = self.holds.ask(READER, message, in_flight=in_flight, permitted=True, at_s=0.0)
            self.to_idle.append(answer)
        else:
            self.holds.released(READER, message.epoch)

    def request(self) -> None:
        name = f"r{self.activity.accepted_total}"
        self._publish(self.activity.accepted(name, "/api/chat"))
        if self.holds.held and not self.no_wait:
            self.waiting.add(name)
        else:
            self.forward(name, waited=False)

    def forward(self, name: str, *, waited: bool) -> None:
        """The promise, for every lock whose agreement still stands."""
        self.waiting.discard(name)
        self.running.add(name)
        if self.locked - self.orphaned and not waited:
            raise Broken(f"{name} met the lowered clocks of {sorted(self.locked)}")
        self._publish(self.activity.forwarded(f"g{name}", (name,), "m", 0.0))

    def finish(self, name: str) -> None:
        self.running.discard(name)
        self._publish(self.activity.finished(f"g{name}", 200, Usage()))

    def beat(self) -> None:
        self.beats += 1
        self._publish(self.activity.beat())

    def _unlock(self, uuids: Iterable[str]) -> None:
        self.locked.difference_update(uuids)
        self.orphaned.difference_update(uuids)

    def _publish(self, message: Any) -> None:
        if self.connected:
            self.to_idle.append(message)

    def _want(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Ask):
                self.operations.append(("send", Hold(action.epoch)))
            elif isinstance(action, Decline):
                self.operations.append(("send", Released(action.epoch)))
            elif isinstance(action, Lower):
                self.operations.append(("lock", action.gpus))
            elif isinstance(action, Raise):
                self.operations.append(("unlock", (action.gpu,)))
            elif isinstance(action, Release):
                both = [("unlock", GPUS), ("send", Released(action.epoch))]
                self.operations.extend(both[::-1] if self.released_first else both)


def explore(start: Handshake, most: int) -> tuple[int, bool, set[str]]:
    """Every history, breadth first: how many states, whether that was all, and the steps that were taken."""
    seen, taken = {start.key}, set()
    ahead: deque[tuple[Handshake, tuple[str, ...]]] = deque([(start, ())])
    while ahead and len(seen) < most:
        world, history = ahead.popleft()
        for name, step in world.steps():
            after = copy.deepcopy(world)
            try:
                step(after)
            except Broken as broken:
                raise Broken(f"{broken}, after: {', '.join((*history, name))}") from broken
            taken.add(name)
            if after.key not in seen:
                seen.add(after.key)
                ahead.append((after, (*history, name)))
    return len(seen), not ahead, taken
