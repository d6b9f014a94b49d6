# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A real small model behind a real llama-server, started once; scripts/test-llm says where they are."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from integration.proxy_rig import Proxy, free_port, running_proxy

# The model is a base model: a dialogue of questions and answers is what it continues, not a chat markup.
TEMPLATE = Path(__file__).with_name("dialogue.jinja")
LOADED_WITHIN_S = 120.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.llm)
        item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def llama_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a llama-server that has loaded its model."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    log = tmp_path_factory.mktemp("llama") / "server.log"
    # One thread: on a busy machine two wait for each other most of the time.
    options = ["--host", "127.0.0.1", "--port", str(port), "-c", "4096", "-np", "2", "--threads", "1"]
    command = [_given("LLAMA_SERVER"), "-m", _given("LLAMA_MODEL"), "--chat-template-file", str(TEMPLATE)]
    with log.open("wb") as output:
        process = subprocess.Popen([*command, *options], stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_loaded(process, url, log)
        yield url
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def proxy(llama_server: str) -> Iterator[Proxy]:
    """A green-proxy of its own for each test."""
    with running_proxy(llama_server) as running:
        yield running


def _given(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        pytest.fail(f"{name} is not set: run scripts/test-llm, which builds what this test needs")
    return value


def _wait_until_loaded(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until_s = time.monotonic() + LOADED_WITHIN_S
    while time.monotonic() < until_s and process.poll() is None:
        try:
            if httpx.get(f"{url}/health").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"llama-server did not load the model:\n{log.read_text(errors='replace')[-2000:]}")
