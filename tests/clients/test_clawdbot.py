# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Real Clawdbot: its gateway runs an agent whose prompt is far over what green-proxy trims to."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients.ground import QWEN, WORDS, Ground, ground
from clients.installed import NODE, package_version, script
from green_proxy.door.keys import new_key
from green_proxy.door.keys_file import MODE
from integration.proxy_rig import free_port

CLIENT = f"clawdbot {package_version('clawdbot', 'clawdbot')}".strip()
# Its own default is green-proxy's port, so it has to move.
START_WITHIN_S = 100.0
TOKEN = "simulated"
FREE = {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0}
# The prompt of its agent alone; proxy.shaping trims to 4096 as installed.
LARGE_TOKENS = 8000


@dataclass
class Known:
    """A green-proxy that knows Clawdbot as one person's, by its key, and so may trim what it sends."""

    ground: Ground
    key: str

    def counted(self) -> tuple[float, float]:
        """Requests that were over the budget and went on whole, and those that were trimmed."""
        counts = self.ground.counts(self.key)
        return counts["trim_over_budget_total"], counts["trims_total"]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    """With a key made as `green-proxy --new-key` makes it."""
    folder = tmp_path_factory.mktemp("known")
    key, line = new_key("clawdbot", "personal")
    (folder / "keys").touch(MODE)
    (folder / "keys").write_text(f"{line}\n")
    with ground(folder, keys_file=folder / "keys") as made:
        yield Known(made, key)


def settings(known: Known, folder: Path) -> dict[str, Any]:
    """Its configuration file: green-proxy as the Ollama provider, as Clawdbot's documents say."""
    model = {"id": QWEN, "name": "Qwen3", "reasoning": True, "input": ["text"], "cost": FREE}
    provider = {
        "baseUrl": f"{known.ground.url}/v1",
        "apiKey": known.key,
        "api": "openai-completions",
        "models": [{**model, "contextWindow": 40960, "maxTokens": 4096}],
    }
    return {
        "gateway": {"mode": "local", "http": {"endpoints": {"chatCompletions": {"enabled": True}}}},
        "agents": {
            "defaults": {"model": {"primary": f"ollama/{QWEN}"}, "workspace": str(folder / "workspace")}
        },
        "models": {"providers": {"ollama": provider}},
        "browser": {"enabled": False},
        "canvasHost": {"enabled": False},
        "logging": {"file": str(folder / "clawdbot.log")},
    }


@pytest.fixture(scope="module")
def gateway(
    request: pytest.FixtureRequest, known: Known, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """Its gateway on a port of its own, with a home of its own."""
    entry = script(request.config, "clawdbot", "clawdbot") / "dist/entry.js"
    folder, port = tmp_path_factory.mktemp("clawdbot"), free_port()
    (folder / ".clawdbot").mkdir()
    (folder / ".clawdbot/clawdbot.json").write_text(json.dumps(settings(known, folder)))
    arguments = ["--allow-unconfigured", "--port", str(port), "--bind", "loopback", "--token", TOKEN]
    process = subprocess.Popen(
        [NODE, entry, "gateway", *arguments],
        env={
            "HOME": str(folder),
            "PATH": f"{NODE.parent}:{os.environ['PATH']}",
            "CLAWDBOT_DISABLE_BONJOUR": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # It starts itself anew with other options of Node; a session of its own holds all of it.
        start_new_session=True,
    )
    headers = {"Authorization": f"Bearer {TOKEN}"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            _wait_for(client, process)
            yield client
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=20)


def test_agent(gateway: httpx.Client, known: Known) -> None:
    """A turn of the agent through its HTTP interface: whole and marked, since its prompt can't be cut."""
    over, trimmed = known.counted()
    body = {"model": "clawdbot:main", "messages": [{"role": "user", "content": "What is the time?"}]}

    answer = gateway.post("/v1/chat/completions", json=body)

    assert answer.json()["choices"][0]["message"]["content"].startswith(WORDS)
    truth = known.ground.last()
    assert (truth["route"], truth["stage"]) == ("/v1/chat/completions", "finished")
    assert truth["prompt_tokens"] > LARGE_TOKENS
    assert known.counted() == (over + 1, trimmed)


def test_chat_streamed(gateway: httpx.Client, known: Known) -> None:
    """A turn whose answer is streamed on; of this one too nothing is cut."""
    over, trimmed = known.counted()
    messages = [{"role": "user", "content": "And now?"}]
    body = {"model": "clawdbot:main", "messages": messages, "stream": True}

    with gateway.stream("POST", "/v1/chat/completions", json=body) as answer:
        *events, last = [line.removeprefix("data: ") for line in answer.iter_lines() if line]

    deltas = [json.loads(event)["choices"][0]["delta"] for event in events]
    assert "".join(delta.get("content") or "" for delta in deltas).startswith(WORDS)
    assert last == "[DONE]"
    assert known.counted() == (over + 1, trimmed)


def _wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline_s:
        assert process.poll() is None, f"Clawdbot ended: {process.stdout.read() if process.stdout else b''!r}"
        with contextlib.suppress(httpx.TransportError):
            client.get("/")
            return
        time.sleep(0.2)
    raise AssertionError(f"Clawdbot did not start within {START_WITHIN_S:g} s")
