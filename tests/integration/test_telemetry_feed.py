# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-telemetry on a feed that the test speaks on, beside a simulated GPU."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from green_common.feed.messages import Cancelled, Finished, FirstToken, Forwarded, Running
from integration.telemetry_rig import Feed, Program, feed, simulation, telemetry, wait_until

MODEL = "qwen3:32b"


@pytest.fixture
def gpu(tmp_path: Path) -> Iterator[None]:
    """A simulated GPU at rest."""
    with simulation(tmp_path):
        yield


def begin(speaker: Feed, daemon: Program, name: str = "a") -> None:
    daemon.wait_for("feed.connected")
    speaker.say(Forwarded(name, (f"request-{name}",), MODEL), FirstToken(name))


def end(name: str = "a") -> Finished:
    requests = (f"request-{name}",)
    return Finished(name, requests, MODEL, 200, prompt_tokens=400, output_tokens=58, decode_s=0.01)


@pytest.mark.usefixtures("gpu")
def test_a_finished_generation_gets_its_receipt(tmp_path: Path) -> None:
    """With the counts of the feed, and marked as simulated."""
    with feed(tmp_path) as speaker, telemetry(tmp_path) as daemon:
        begin(speaker, daemon)
        speaker.say(end())
        (receipt,) = daemon.wait_for("receipt")

    assert (receipt["request"], receipt["generation"], receipt["model"]) == ("request-a", "a", MODEL)
    assert (receipt["prompt_tokens"], receipt["output_tokens"]) == (400, 58)
    assert (receipt["outcome"], receipt["method"], receipt["simulated"]) == ("finished", "counter", True)


@pytest.mark.usefixtures("gpu")
def test_a_cancelled_generation_gets_one_too(tmp_path: Path) -> None:
    """Abandoned work used energy as well."""
    with feed(tmp_path) as speaker, telemetry(tmp_path) as daemon:
        begin(speaker, daemon)
        speaker.say(Cancelled(("request-a",), "the client left", "a", 7))
        (receipt,) = daemon.wait_for("receipt")

    assert (receipt["outcome"], receipt["reason"]) == ("cancelled", "the client left")
    assert receipt["output_tokens"] == 7


@pytest.mark.usefixtures("gpu")
def test_a_stop_writes_what_is_due(tmp_path: Path) -> None:
    """What still runs gets a receipt up to here, and the window is closed."""
    with feed(tmp_path) as speaker, telemetry(tmp_path) as daemon:
        begin(speaker, daemon)
        time.sleep(0.3)
        status = daemon.stop()

    assert status == 0
    assert [receipt["outcome"] for receipt in daemon.entries("receipt")] == ["unfinished at stop"]
    assert len(daemon.entries("window")) == 1


@pytest.mark.usefixtures("gpu")
def test_a_lost_feed_is_said_and_rebuilt(tmp_path: Path) -> None:
    """What ran gets a receipt for the time before; what still runs then is followed as partial."""
    with feed(tmp_path) as speaker, telemetry(tmp_path) as daemon:
        begin(speaker, daemon)
        wait_until(lambda: speaker.readers, "reader")
        speaker.close()
        daemon.wait_for("feed.lost")
        running = Running("a", ("request-a",), MODEL, "decode", time.monotonic(), 3)
        with feed(tmp_path, running) as again:
            daemon.wait_for("feed.connected", 2)
            again.say(end())
            first, second = daemon.wait_for("receipt", 2)

    assert (first["outcome"], first["partial"]) == ("feed lost", False)
    assert (second["outcome"], second["partial"]) == ("finished", True)


@pytest.mark.usefixtures("gpu")
def test_a_gap_in_the_feed_is_said(tmp_path: Path) -> None:
    """Lost messages show in their numbers."""
    with feed(tmp_path) as speaker, telemetry(tmp_path) as daemon:
        daemon.wait_for("feed.connected")
        speaker.skip()
        speaker.say(Forwarded("a", ("request-a",), MODEL))
        (gap,) = daemon.wait_for("feed.gap")

    assert gap["messages"] == 1


@pytest.mark.usefixtures("gpu")
def test_a_feed_that_speaks_nonsense_is_closed_and_said_once(tmp_path: Path) -> None:
    """The GPU is sampled all the same."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(tmp_path / "activity.sock"))
    listener.listen()
    with listener, telemetry(tmp_path) as daemon:
        for _ in range(3):
            connection, _ = listener.accept()
            connection.send(b"nonsense")
            connection.close()
        (refused,) = daemon.wait_for("feed.refused")
        daemon.stop()

    assert "not JSON" in refused["say"]
    assert len(daemon.entries("feed.refused")) == 1
    assert len(daemon.entries("window")) == 1


@pytest.mark.usefixtures("gpu")
def test_without_a_proxy_it_accounts_for_the_idle_gpu(tmp_path: Path) -> None:
    """And says in its status what is missing."""
    with telemetry(tmp_path) as daemon:
        (ready,) = daemon.entries("daemon.ready")
        daemon.stop()

    (absent,) = daemon.entries("feed.absent")
    assert "NO FEED" in ready["say"]
    assert "is green-proxy running?" in absent["say"]
    assert daemon.entries("window")[0]["feed"] == "absent"
