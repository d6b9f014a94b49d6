# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""API keys where the package is installed: made by its command, read by a service that is not root."""

from __future__ import annotations

import pytest

from system.machine import wait_for
from system.server import Server

COMMAND = "/usr/libexec/green-qwen/green-proxy"
MODELS = "http://127.0.0.1:18789/api/tags"
# Read again within a second, and on this machine others compute too.
READ_WITHIN_S = 10.0


@pytest.fixture(autouse=True)
def no_keys(server: Server) -> None:
    """As the package was installed, whichever test came before."""
    server.machine.run("rm", "--force", "/etc/green-qwen/keys")
    # Keys that vanish under a running proxy leave its door closed.
    server.machine.run("systemctl", "restart", "green-proxy")
    wait_for("an open door", lambda: server.code(MODELS) == 200, READ_WITHIN_S)


def test_a_new_key_closes_the_door_to_who_has_none(server: Server) -> None:
    """Without a restart; only the group of the service reads the file."""
    pid = server.property("green-proxy", "MainPID")

    key = server.machine.run(COMMAND, "--new-key", "alice").strip()

    wait_for("a refusal", lambda: server.code(MODELS) == 401, READ_WITHIN_S)
    assert server.code(MODELS, key) == 200
    assert server.code(MODELS, f"{key}x") == 401
    assert server.property("green-proxy", "MainPID") == pid
    who = server.machine.run("stat", "--format", "%U %G %a", "/etc/green-qwen/keys")
    assert who.split() == ["root", "green-qwen", "640"]


def test_a_front_end_gets_a_key_too(server: Server) -> None:
    """The second key works beside the first."""
    key = server.machine.run(COMMAND, "--new-shared-key", "openwebui").strip()

    wait_for("the key", lambda: server.code(MODELS, key) == 200, READ_WITHIN_S)
