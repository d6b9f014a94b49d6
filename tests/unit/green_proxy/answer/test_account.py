# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the feed is told of requests that share generations."""

from __future__ import annotations

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from green_common.feed.messages import Accepted, Cancelled, Finished, Forwarded, FromProxy, Running
from green_proxy.answer.account import Account
from unit.green_proxy.clients import WrittenFeed


def accepted(feed: WrittenFeed, request: str) -> Account:
    return Account(request, "/api/chat", feed)


def test_one_who_joins_a_running_generation_is_named_with_the_others() -> None:
    """And ends with it."""
    feed = WrittenFeed()
    one = accepted(feed, "one")
    one.forward("m")
    accepted(feed, "two").hand_over()
    one.joined("two")
    one.end()

    assert [message.requests for message in feed.of(Forwarded)] == [("one",), ("one", "two")]
    assert feed.of(Finished)[0].requests == ("one", "two")
    assert feed.activity.in_flight == 0


@pytest.mark.parametrize("forwarded", [False, True])
def test_one_who_leaves_early_ends_alone(*, forwarded: bool) -> None:
    """With the generation that it leaves, where there is one by then."""
    feed = WrittenFeed()
    one = accepted(feed, "one")
    accepted(feed, "two").hand_over()
    one.joined("two")
    if forwarded:
        one.forward("m")
    one.left("one", "client left")

    gone = feed.of(Cancelled)[0]
    assert (gone.requests, gone.generation) == (("one",), one.generation)
    assert feed.activity.in_flight == 1
    one.cancel("client left")
    assert feed.activity.in_flight == 0


def test_each_message_says_whose_it_is() -> None:
    """Also to one who joins the feed late."""
    feed = WrittenFeed()
    one = Account("one", "/api/chat", feed, "anna")
    one.forward("m")
    one.joined("two")

    assert {message.client for kind in (Accepted, Forwarded) for message in feed.of(kind)} == {"anna"}
    running = list(feed.activity.greeting(None))[1]
    assert isinstance(running, Running)
    assert running.client == "anna"
    one.end()


def test_an_account_ends_once() -> None:
    """Whatever else ends it afterwards."""
    feed = WrittenFeed()
    one = accepted(feed, "one")
    one.forward("m")
    one.end()
    one.cancel("client left")
    one.superseded()

    assert feed.of(Cancelled) == []


def test_a_replaced_generation_ends_without_its_requests() -> None:
    """They are in flight until the one that replaces it ends."""
    feed = WrittenFeed()
    one, two = accepted(feed, "one"), accepted(feed, "two")
    one.forward("m")
    one.superseded()
    two.joined("one")
    two.forward("m")

    assert feed.of(Cancelled) == [Cancelled((), "superseded", one.generation, moved=("one",))]
    assert (feed.activity.in_flight, feed.activity.generating) == (2, 1)
    two.end()
    assert (feed.activity.in_flight, feed.activity.finished_total) == (0, 2)


def test_a_generation_that_all_have_left_is_still_not_the_proxys_own() -> None:
    """Or its end would count as that of a load."""
    feed = WrittenFeed()
    book = feed.activity
    book.accepted("one", "/api/chat")
    book.forwarded("g", ("one",), "m", 1.0)
    book.left("g", "one", "client left")

    book.cancelled("g", "client left")

    assert book.in_flight == 0


def follow(said: list[FromProxy]) -> None:
    """Each generation ends once, and who moves is named in one that runs or ends later."""
    running: dict[str, set[str]] = {}
    ended, moving = set[str](), set[str]()
    for message in said:
        if isinstance(message, Forwarded):
            assert message.generation not in ended
            running.setdefault(message.generation, set()).update(message.requests)
            moving.difference_update(message.requests)
        elif isinstance(message, Finished):
            assert running.pop(message.generation) == set(message.requests)
            ended.add(message.generation)
        elif isinstance(message, Cancelled):
            moving.difference_update(message.requests)
            moving.update(message.moved)
            if message.generation is not None:
                named = {*message.requests, *message.moved}
                assert named <= running[message.generation]
                running[message.generation] -= named
                if not running[message.generation]:
                    del running[message.generation]
                    ended.add(message.generation)
    assert not running
    assert not moving


class Sharing(RuleBasedStateMachine):
    """Accounts that are joined, left, replaced and ended in any order, beside a list of who is in flight."""

    def __init__(self) -> None:
        super().__init__()
        self.feed = WrittenFeed()
        self.number = 0
        self.open: list[tuple[Account, list[str]]] = []
        self.loads: list[str] = []

    @rule()
    def accept(self) -> None:
        self.number += 1
        name = f"r{self.number}"
        self.open.append((accepted(self.feed, name), [name]))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def forward(self, data: st.DataObject) -> None:
        account, _ = data.draw(st.sampled_from(self.open))
        if account.generation is None:
            account.forward("m")

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def join(self, data: st.DataObject) -> None:
        account, names = data.draw(st.sampled_from(self.open))
        self.number += 1
        name = f"r{self.number}"
        accepted(self.feed, name).hand_over()
        account.joined(name)
        names.append(name)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        at = data.draw(st.sampled_from(range(len(self.open))))
        account, names = self.open[at]
        name = data.draw(st.sampled_from(names))
        names.remove(name)
        if names:
            account.left(name, "client left")
        else:
            account.cancel("client left")
            del self.open[at]

    @precondition(lambda self: len(self.open) > 1)
    @rule(data=st.data())
    def take_over(self, data: st.DataObject) -> None:
        newer, older = data.draw(st.permutations(range(len(self.open))))[:2]
        if self.open[newer][0].generation is not None:
            return
        account, moved = self.open[older]
        account.superseded()
        for name in moved:
            self.open[newer][0].joined(name)
        self.open[newer][1].extend(moved)
        del self.open[older]

    @precondition(lambda self: self.open)
    @rule(data=st.data(), broken=st.booleans())
    def end(self, data: st.DataObject, *, broken: bool) -> None:
        at = data.draw(st.sampled_from(range(len(self.open))))
        account, _ = self.open[at]
        if broken or account.generation is None:
            account.cancel("model server failed")
        else:
            account.end()
        # What was ended may be ended again from elsewhere.
        account.cancel("green-proxy failed")
        del self.open[at]

    @rule()
    def load(self) -> None:
        self.number += 1
        self.loads.append(f"g{self.number}")
        self.feed.activity.forwarded(self.loads[-1], (), "m", 1.0)

    @precondition(lambda self: self.loads)
    @rule()
    def load_breaks(self) -> None:
        self.feed.activity.cancelled(self.loads.pop(), "load aborted")

    @invariant()
    def in_flight_is_who_waits(self) -> None:
        names = [name for _, names in self.open for name in names]
        assert self.feed.activity.in_flight == len(names) + len(self.loads)
        running = [account for account, _ in self.open if account.generation is not None]
        assert self.feed.activity.generating == len(running) + len(self.loads)

    def teardown(self) -> None:
        for account, _ in self.open:
            account.cancel("green-proxy stopped")
        while self.loads:
            self.load_breaks()
        began = [message.request for message in self.feed.of(Accepted)]
        ended = [
            name for kind in (Finished, Cancelled) for one in self.feed.of(kind) for name in one.requests
        ]
        assert sorted(began) == sorted(ended)
        follow(self.feed.told)
        book = self.feed.activity
        assert (book.in_flight, book.generating) == (0, 0)
        assert book.accepted_total == book.finished_total + book.cancelled_total


TestSharing = Sharing.TestCase
TestSharing.settings = settings(deadline=None, max_examples=60)
