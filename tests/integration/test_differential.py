# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The same calls to the simulated Ollama directly and through green-proxy: a client can't tell them apart."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from integration.differences import SHAPING_OFF, seen_by_client
from integration.differential_calls import EXACT, MALFORMED, Call
from integration.proxy_rig import running_proxy
from integration.raw_http import Answer, connection
from integration.sim_rig import simulation

# Two simulations with the same seed go through the same states, so that even numbered ids agree.
ARGUMENTS = ("--answer-tokens", "3-5", "--think-tokens", "2", "--load-s", "0.05", "--parallel", "2")
# Also in what has no order of its own.
ALIKE = {"PYTHONHASHSEED": "0"}


def ask(url: str, call: Call) -> Answer:
    """One call on a connection of its own, asked under the same name on both ways."""
    with connection(url) as opened:
        opened.send(call.data("localhost"))
        return opened.receive(call.method)


@pytest.fixture(scope="module", params=["shaping off", "as installed"])
def ways(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """The address of one simulation, and that of green-proxy before another."""
    settings = SHAPING_OFF if request.param == "shaping off" else {}
    folders = tmp_path_factory.mktemp("direct"), tmp_path_factory.mktemp("proxied")
    with (
        simulation(folders[0], *ARGUMENTS, **ALIKE) as direct,
        simulation(folders[1], *ARGUMENTS, **ALIKE) as behind,
        running_proxy(behind.url, **settings) as proxy,
    ):
        yield direct.url, proxy.url


def test_client_sees_the_same(ways: tuple[str, str]) -> None:
    """Status, reason, headers and body of every call; in the list's order, since some calls change things."""
    different = {}
    for number, call in enumerate(EXACT):
        direct, proxied = (seen_by_client(ask(url, call)) for url in ways)
        if direct != proxied:
            parts = {name: (direct[name], proxied[name]) for name in direct if direct[name] != proxied[name]}
            different[f"{number} {call}"] = parts

    assert not different


def test_malformed_bodies_are_refused_alike(ways: tuple[str, str]) -> None:
    """With the same status and shape; the words may be the proxy's own, which then forwards nothing."""
    for call in MALFORMED:
        direct, proxied = (ask(url, call) for url in ways)

        assert direct.status == proxied.status, str(call)
        assert _shape(json.loads(direct.body)) == _shape(json.loads(proxied.body)), str(call)


def test_connection_serves_one_call_after_another(ways: tuple[str, str]) -> None:
    """Also after errors, and with several sent at once."""
    calls = [call for call in EXACT if call.method in ("GET", "HEAD")][:8]
    for url in ways:
        with connection(url) as opened:
            opened.send(b"".join(call.data("localhost") for call in calls))
            answers = [opened.receive(call.method) for call in calls]

        assert [answer.status for answer in answers] == [ask(ways[0], call).status for call in calls]


def _shape(value: object) -> object:
    """Names and kinds of what an error says, all the way down."""
    return {name: _shape(inner) for name, inner in value.items()} if isinstance(value, dict) else type(value)
