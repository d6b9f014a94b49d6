# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Sessions of browsers, with the clock passed in."""

from __future__ import annotations

import pytest

from green_proxy.door.keys_file import Key
from green_proxy.gateway import sessions as module
from green_proxy.gateway.sessions import (
    LONGEST_S,
    UNUSED_S,
    Sessions,
    cookie_of,
    is_own,
    set_cookie,
    without_cookie,
)
from green_proxy.headers import Headers

ANN = Key("ann", "personal", b"1")
HOST = (b"host", b"green.example:8080")
OWN = (b"origin", b"http://green.example:8080")


def with_cookie(name: str, *more: tuple[bytes, bytes]) -> Headers:
    return [HOST, (b"cookie", f"a=1; green-session={name}; b=2".encode()), *more]


def test_a_session_stands_for_its_key() -> None:
    """As long as it is used now and then."""
    sessions = Sessions(lambda _: True)
    name = sessions.begin(ANN, 0.0)

    found = [sessions.find("GET", with_cookie(name), at_s) for at_s in (1.0, UNUSED_S, 2 * UNUSED_S)]

    assert found == [ANN, ANN, ANN]


@pytest.mark.parametrize("used_s", [[UNUSED_S + 1], [*range(0, int(LONGEST_S), 3600), LONGEST_S + 1]])
def test_a_session_ends(used_s: list[float]) -> None:
    """Unused for long, and after a week whether it is used or not."""
    sessions = Sessions(lambda _: True)
    name = sessions.begin(ANN, 0.0)

    found = [sessions.find("GET", with_cookie(name), at_s) for at_s in used_s]

    assert found[-1] is None
    assert set(found[:-1]) <= {ANN}
    assert len(sessions) == 0


def test_a_key_that_is_taken_back_takes_its_sessions_along() -> None:
    """At their next use."""
    held = [ANN]
    sessions = Sessions(lambda key: key in held)
    name = sessions.begin(ANN, 0.0)
    held.clear()

    assert sessions.find("GET", with_cookie(name), 1.0) is None


def test_signing_out_ends_the_session() -> None:
    """For everybody who has its name."""
    sessions = Sessions(lambda _: True)
    name = sessions.begin(ANN, 0.0)

    sessions.end(with_cookie(name))

    assert sessions.find("GET", with_cookie(name), 1.0) is None


def test_there_are_not_any_number_of_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest gives way."""
    monkeypatch.setattr(module, "MAX_SESSIONS", 2)
    sessions = Sessions(lambda _: True)
    names = [sessions.begin(ANN, float(at_s)) for at_s in range(3)]

    found = [sessions.find("GET", with_cookie(name), 4.0) for name in names]

    assert found == [None, ANN, ANN]


@pytest.mark.parametrize(
    ("method", "more", "own"),
    [
        ("GET", [], True),
        ("GET", [OWN], True),
        ("POST", [OWN], True),
        ("POST", [(b"origin", b"https://green.example:8080")], True),
        ("GET", [(b"sec-fetch-site", b"same-origin")], True),
        ("GET", [(b"sec-fetch-site", b"none")], True),
        ("POST", [], False),
        ("DELETE", [], False),
        ("GET", [(b"origin", b"http://green.example:3000")], False),
        ("POST", [(b"origin", b"null")], False),
        ("GET", [(b"sec-fetch-site", b"same-site")], False),
        ("POST", [OWN, (b"sec-fetch-site", b"cross-site")], False),
    ],
)
def test_whose_page_it_was(method: str, more: Headers, own: bool) -> None:
    """By what browsers add and pages can't change; a session counts for our own page alone."""
    sessions = Sessions(lambda _: True)
    name = sessions.begin(ANN, 0.0)

    assert is_own(method, [HOST, *more]) is own
    assert (sessions.find(method, with_cookie(name, *more), 1.0) == ANN) is own


def test_the_cookie_is_taken_out_and_the_others_stay() -> None:
    """In their order; a header that held nothing else goes."""
    headers = [HOST, (b"cookie", b"a=1; green-session=x; b=2"), (b"Cookie", b"green-session=y")]

    assert without_cookie(headers) == [HOST, (b"cookie", b"a=1; b=2")]
    assert cookie_of(headers) == "x"
    assert without_cookie([HOST, (b"cookie", b"a=1")]) == [HOST, (b"cookie", b"a=1")]


def test_an_empty_name_takes_the_cookie_away() -> None:
    """As a browser understands it."""
    assert b"Max-Age=0" in set_cookie("", [])[1]
