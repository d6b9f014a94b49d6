# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What open pages are told, by a real green-proxy and a real green-telemetry on the simulation."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from integration.shaping_rig import keys_file, stage
from integration.telemetry_rig import telemetry, wait_until
from integration.web_rig import Site, simulated_site, site


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with simulated_site(tmp_path_factory.mktemp("web")) as made:
        yield made


@pytest.fixture
def seen(here: Site) -> Iterator[Site]:
    """With a telemetry that watches it."""
    with telemetry(here.folder):
        yield here


def streams_of(here: Site) -> int:
    """How many connections the proxy has to telemetry's live socket."""
    listed = Path("/proc/net/unix").read_text()
    path = str(here.folder / "live.sock")
    # Those that telemetry has accepted carry its path, beside the one that listens.
    return sum(line.endswith(path) for line in listed.splitlines()) - 1


def test_a_page_sees_a_request_from_its_start_to_its_receipt(seen: Site) -> None:
    """The proxy's counts, telemetry's readings and the receipt, all on one stream."""
    with seen.page() as events:
        first = events.next()
        events.until("telemetry", lambda said: said["state"] == "connected")
        events.until("snapshot")
        seen.chat("Hi")
        receipt = events.until("receipt")

    assert first[0] == "proxy"
    assert {"in_flight", "waiting", "slots", "idle", "clocks_held"} <= set(first[1])
    assert receipt["energy_j"] > 0
    assert receipt["simulated"] is True


def test_all_pages_share_one_connection_to_telemetry(seen: Site) -> None:
    """And none is left when the last page is closed."""
    with contextlib.ExitStack() as pages:
        opened = [pages.enter_context(seen.page()) for _ in range(5)]
        for events in opened:
            events.until("snapshot")
        while_open = streams_of(seen)
    wait_until(lambda: streams_of(seen) == 0, "end of the connection")

    assert while_open == 1


def test_telemetry_that_goes_away_and_comes_back(here: Site) -> None:
    """The page stays, is told of both, and is not shown what is no longer true."""
    with telemetry(here.folder) as daemon:
        pages = contextlib.ExitStack()
        events = pages.enter_context(here.page())
        events.until("snapshot")
        daemon.process.send_signal(signal.SIGKILL)
        away = events.until("telemetry")
    with pages, here.page() as late, telemetry(here.folder):
        first = [late.next()[0] for _ in range(2)]
        back = events.until("telemetry", lambda said: said["state"] == "connected")
        events.until("snapshot")

    assert (away["state"], away["retry_s"]) == ("away", 1.0)
    assert away["say"]
    assert first == ["proxy", "telemetry"]
    assert back == {"state": "connected"}


def test_what_green_idle_says_reaches_the_page(here: Site) -> None:
    """As its file changes, and null where there is none."""
    file = here.folder / "state.json"
    with here.page() as events:
        none = events.until("proxy")
        file.write_text(json.dumps({"state": "resting"}))
        resting = events.until("proxy", lambda said: said["idle"])
        file.unlink()
        gone = events.until("proxy", lambda said: not said["idle"])

    assert none["idle"] is None
    assert resting["idle"] == {"state": "resting"}
    assert gone["idle"] is None


def test_pages_hold_up_no_stop(tmp_path: Path) -> None:
    """They are let go at once, however long answers may take."""
    with simulated_site(tmp_path) as here, here.page() as events:
        events.next()
        began_s = time.monotonic()
        here.proxy.stop()
        took_s = time.monotonic() - began_s

    assert took_s < 5


def test_a_page_that_is_open_ends_with_its_session(tmp_path: Path) -> None:
    """Signed out elsewhere, or the key taken back: no more is told."""
    file, keys = keys_file(tmp_path, ann="personal", bob="personal")
    with stage() as server, site(tmp_path, server.url, keys_file=file) as here, here.client() as client:
        client.post("/-/sign-in", json={"key": keys["ann"]})
        with client.stream("GET", "/-/live") as signed_in:
            parts = signed_in.iter_raw()
            first = next(parts)
            client.post("/-/sign-out")
            list(parts)
        shown = {"Authorization": f"Bearer {keys['bob']}"}
        with client.stream("GET", "/-/live", headers=shown) as by_key:
            file.write_text(file.read_text().splitlines(keepends=True)[0])
            by_key.read()

    assert first
    assert (signed_in.status_code, by_key.status_code) == (200, 200)


def test_history_and_receipts_pass(seen: Site) -> None:
    """With telemetry's own words where something is wrong."""
    seen.chat("Hi")
    with seen.client() as client:
        receipts = client.get("/-/history", params={"kind": "receipt", "limit": 5})
        wrong = client.get("/-/history?colour=green")
        many = client.get("/-/history?" + "&".join(f"a{one}=1" for one in range(20)))
        none = client.get("/-/receipts/none?wait_s=0.1")
        odd = client.get("/-/receipts/..%2F..%2Fmetrics")

    # Where this machine has no journal telemetry says so.
    assert receipts.status_code in (200, 503)
    assert (wrong.status_code, many.status_code) == (400, 400)
    assert "colour" in wrong.json()["error"]
    assert none.status_code == 404
    assert odd.status_code == 400


def test_the_last_minutes_pass(seen: Site) -> None:
    """What the GPU drew and in which phase before anybody looked; no name of a client or a model."""
    seen.chat("Hi")
    with seen.client() as client:
        wait_until(lambda: "decode" in client.get("/-/recent").text, "point of a phase")
        recent = client.get("/-/recent").json()
    points = recent["points"]

    assert recent["simulated"] is True
    assert {"idle", "decode"} <= {point["phase"] for point in points}
    assert all(point["power_w"] > 0 for point in points)
    assert set(points[0]) == {"at_s", "power_w", "baseline_w", "limit_w", "phase", "in_flight"}


def test_a_receipt_is_waited_for(seen: Site) -> None:
    """By its id, from the answer's header."""
    body = {"model": "qwen3:32b", "messages": [{"role": "user", "content": "Hi"}], "stream": False}
    with seen.client() as client:
        answer = client.post("/api/chat", json=body)
        request = answer.headers["x-green-request-id"]
        receipt = client.get(f"/-/receipts/{request}", params={"wait_s": 10}).json()

    assert receipt["request"] == request
    assert receipt["energy_j"] > 0


def test_without_telemetry_the_answer_says_what_to_do(here: Site) -> None:
    """503, with the command that shows whether it runs."""
    with here.client() as client:
        answers = [client.get(path) for path in ("/-/history", "/-/recent", "/-/receipts/r1")]

    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert all("systemctl status green-telemetry" in answer.json()["error"] for answer in answers)


def test_too_many_pages(here: Site) -> None:
    """The one too many is told to come again."""
    with contextlib.ExitStack() as pages:
        for _ in range(64):
            pages.enter_context(here.page())
        refused = httpx.get(f"{here.gateway}/-/live")

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "10"
