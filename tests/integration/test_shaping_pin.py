# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Options that make Ollama load again: removed, told, and counted as the simulation would have loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from integration.proxy_rig import running_proxy
from integration.shaping_rig import MODEL, acting, chat, counts_of, shaping, stage, user
from integration.sim_rig import simulation

V1 = "/v1/chat/completions"
QUICK = ("--answer-tokens", "1", "--think-tokens", "0", "--load-s", "0.05")
# One after another on one server: each that is not as the model was loaded loads it again.
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/chat", {"options": {"num_ctx": 8192}}),
    (V1, {}),
    ("/api/chat", {"options": {"num_ctx": 8192, "num_thread": 4, "temperature": 0}}),
    ("/api/chat", {"options": {"num_thread": 4, "num_ctx": 8192}}),
    (V1, {}),
    ("/api/chat", {}),
    ("/api/chat", {"options": {"num_batch": 256, "num_gpu": 20}}),
    (V1, {}),
    ("/api/chat", {"shift": False}),
    ("/api/chat", {"options": {"use_mmap": True}}),
    (V1, {}),
    ("/api/chat", {"options": {"num_gpu": -1, "main_gpu": 1, "draft_num_predict": 3}}),
    (V1, {"options": {"num_ctx": 8192}}),
)
TOLD = [
    "num_ctx",
    None,
    "num_ctx num_thread",
    "num_ctx num_thread",
    None,
    None,
    "num_batch num_gpu",
    None,
    "shift",
    "use_mmap",
    None,
    "num_gpu main_gpu draft_num_predict",
]


def ask_all(folder: Path, *, pin: bool) -> tuple[int, list[str | None], dict[str, float]]:
    """How often the simulated Ollama loaded the model, what each client was told, and the counts."""

    async def act(client: httpx.AsyncClient) -> tuple[list[str | None], dict[str, float]]:
        told = []
        for path, fields in CALLS:
            answer = await chat(client, user("Hello"), path=path, **fields)
            assert answer.status_code == 200, answer.text
            told.append(answer.headers.get("X-Green-Pin"))
        return told, await counts_of(client)

    folder.mkdir()
    with simulation(folder, *QUICK) as running:
        with running_proxy(running.url, **shaping(pin=pin)) as proxy:
            told, counts = acting(proxy, act)
        loads = sum(request["load_j"] > 0 for request in running.requests())
    return loads, told, counts


def test_no_reload(tmp_path: Path) -> None:
    """
    Native calls with options and /v1 in turn: one load; each load that was avoided is counted.

    Clients are told each name that was removed, and with the step off none.
    """
    loads_off, told_off, _ = ask_all(tmp_path / "off", pin=False)
    loads, told, counts = ask_all(tmp_path / "on", pin=True)

    assert (loads_off, loads) == (11, 1)
    assert counts["reloads_avoided_total"] == loads_off - loads
    assert counts["pinned_requests_total"] == len([one for one in told if one])
    assert told[: len(TOLD)] == TOLD
    assert set(told_off) == {None}


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate", "/api/embed"])
@pytest.mark.parametrize("pin", [True, False])
def test_what_goes_on(path: str, pin: bool) -> None:
    """Other options stay as they were on every native route; off, the body is the client's own."""
    options = {"num_ctx": 4096, "temperature": 0.5, "num_predict": 5, "mirostat": 1}
    fields = {"model": MODEL, "prompt": "Hi", "messages": user("Hi"), "input": "Hi", "options": options}

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post(path, json=fields)

    with stage() as server, running_proxy(server.url, **shaping(pin=pin)) as proxy:
        acting(proxy, act)

    kept = {name: value for name, value in options.items() if name != "num_ctx"} if pin else options
    assert server.generations[0].body["options"] == kept
