# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The two doors: the same API behind both, a page for browsers, and keys for strangers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from integration.proxy_rig import SOURCES, WAIT_S, Proxy, free_port, running_proxy, start_proxy
from integration.shaping_rig import MODEL, Stage, acting, chat, keys_file, stage, user
from integration.speech import said

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def server() -> Iterator[Stage]:
    with stage() as made:
        yield made


def test_the_gateway_serves_the_same_api(server: Stage) -> None:
    """Chats, streams, lists and the proxy's own routes, on its own port."""
    port = free_port()

    async def ask(base: str) -> list[object]:
        async with httpx.AsyncClient(base_url=base, timeout=WAIT_S) as client:
            streamed = await chat(client, user("Hi"), stream=True)
            whole = await chat(client, user("Hi"), path="/v1/chat/completions")
            listed = await client.get("/api/tags")
            health = await client.get("/-/healthz")
            wrong = await client.post("/v1/chat/completions", content=b"{")
            texts = [said(one).rstrip("0123456789") for one in (streamed, whole)]
            statuses = [one.status_code for one in (streamed, whole, listed, health, wrong)]
            return [texts, statuses, listed.content, wrong.content]

    with running_proxy(server.url, gateway=f"127.0.0.1:{port}") as proxy:
        api, gateway = (asyncio.run(ask(base)) for base in (proxy.url, f"http://127.0.0.1:{port}"))

    assert api == gateway
    assert api[1] == [200, 200, 200, 200, 400]


def test_a_page_for_browsers(server: Stage) -> None:
    """At the gateway's root, for those that ask for HTML; all else is the model server's."""
    port = free_port()
    with running_proxy(server.url, gateway=f"127.0.0.1:{port}") as proxy:
        page = httpx.get(f"http://127.0.0.1:{port}/", headers=BROWSER)
        probe = httpx.get(f"http://127.0.0.1:{port}/")
        api = httpx.get(f"{proxy.url}/", headers=BROWSER)

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "<title>green-qwen</title>" in page.text
    assert [probe.status_code, api.status_code] == [404, 404]


@pytest.mark.parametrize("door", ["listen", "gateway"])
def test_no_door_to_the_network_without_a_key(door: str, tmp_path: Path) -> None:
    """It does not start, with the code for a wrong configuration and the command that mends it."""
    port = free_port()
    settings = {f"GREEN_PROXY_{door.upper()}": f"0.0.0.0:{port}", "keys_file": tmp_path / "keys"}
    proxy = start_proxy(tmp_path, "http://127.0.0.1:1", free_port(), **settings)
    log = proxy.process.communicate(timeout=WAIT_S)[1]
    proxy.close()

    assert proxy.process.returncode == os.EX_CONFIG
    assert "sudo /usr/libexec/green-qwen/green-proxy --new-key NAME" in log
    assert f"0.0.0.0:{port}" in log


def test_the_command_that_mends_it(server: Stage, tmp_path: Path) -> None:
    """The printed key opens the door, and the file holds its hash alone, for owner and group."""
    path = tmp_path / "keys"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": SOURCES, "GREEN_PROXY_KEYS_FILE": str(path)}
    command = [sys.executable, "-m", "green_proxy", "--new-key", "ann"]
    key = subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout.strip()
    port = free_port()
    settings = {"GREEN_PROXY_LISTEN": f"0.0.0.0:{port}", "keys_file": path}
    with running_proxy(server.url, **settings) as proxy:
        here = Proxy(port, proxy.directory, proxy.process, proxy.notified)
        answer = acting(here, lambda client: chat(client, user("Hi"), key=key))

    assert said(answer) == "answer 1"
    assert path.stat().st_mode & 0o777 == 0o640
    assert key not in path.read_text()


@pytest.mark.parametrize("shown", [None, "gq-wrong"])
@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions", "/v1/messages"])
def test_strangers(path: str, shown: str | None, server: Stage, tmp_path: Path) -> None:
    """401 in each dialect, for whatever could tell or cost something; health is open."""
    file, _ = keys_file(tmp_path, ann="personal")
    with running_proxy(server.url, keys_file=file) as proxy:
        answer = acting(proxy, lambda client: chat(client, user("Hi"), path=path, key=shown))
        others = [httpx.get(proxy.url + other) for other in ("/api/tags", "/-/status", "/-/metrics")]
        health = httpx.get(f"{proxy.url}/-/healthz")

    error = answer.json()["error"]
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert isinstance(error, str) == (path == "/api/chat")
    assert (answer.json().get("type") == "error") == (path == "/v1/messages")
    assert [other.status_code for other in others] == [401, 401, 401]
    assert health.status_code == 200
    assert server.generations == []


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
def test_the_model_server_never_sees_a_key(header: str, server: Stage, tmp_path: Path) -> None:
    """Of ours; whatever else stands in such a header passes."""
    file, keys = keys_file(tmp_path, ann="personal")
    mine = f"Bearer {keys['ann']}" if header == "Authorization" else keys["ann"]
    other = "X-Api-Key" if header == "Authorization" else "Authorization"
    headers = {header: mine, other: "Bearer theirs"}
    with running_proxy(server.url, keys_file=file) as proxy:
        answer = acting(proxy, lambda client: chat(client, user("Hi"), headers=headers))
        listed = httpx.get(f"{proxy.url}/api/tags", headers=headers)
        log = proxy.stop()

    seen = [name for call in server.server.calls for name in call.headers]
    assert (answer.status_code, listed.status_code) == (200, 200)
    assert keys["ann"] not in str(seen) + log
    assert server.generations[0].call.header(other.lower()) == "Bearer theirs"
    assert MODEL in answer.text
