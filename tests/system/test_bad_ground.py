# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What an administrator sees where something that the services need is missing or wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from system.machine import wait_for
from system.server import SERVICES, Server


@pytest.fixture(autouse=True)
def at_rest(installed: Server) -> Iterator[None]:
    """Each test begins and ends with nothing running and nothing configured."""
    yield
    installed.machine.run("systemctl", "stop", *SERVICES)
    installed.machine.run("systemctl", "reset-failed")
    installed.machine.run("rm", "-rf", "/etc/green-qwen/green-qwen.d")


def test_without_a_driver_the_status_says_so_and_the_proxy_serves(installed: Server) -> None:
    """The two that need a GPU try again and name the driver; chats don't depend on them."""
    installed.machine.exit_code("systemctl", "start", *SERVICES)

    assert installed.is_active("green-proxy")
    for service in ("green-telemetry", "green-idle"):
        assert "NVIDIA driver" in installed.property(service, "StatusText")
        assert installed.property(service, "SubState") == "auto-restart"


def test_without_a_model_server_the_proxy_says_so_in_its_status(installed: Server) -> None:
    """It runs, degraded, and names the address."""
    installed.machine.run("systemctl", "start", "green-proxy")

    status = wait_for("the word", lambda: degraded_status_of(installed, "green-proxy"), 10.0)

    assert "http://127.0.0.1:11434" in status


def test_a_port_in_use_is_named_with_the_key_to_change(installed: Server) -> None:
    """Exit code 69; systemd tries again, since the other may go."""
    with installed.occupied(18789):
        installed.machine.exit_code("systemctl", "start", "green-proxy")
        status = installed.property("green-proxy", "StatusText")
        code = installed.property("green-proxy", "ExecMainStatus")

    assert "127.0.0.1:18789" in status
    assert "proxy.listen" in status
    assert code == "69"
    wait_for("the proxy", lambda: installed.is_active("green-proxy"), 15.0)


def test_the_gateways_port_in_use_leaves_the_api_at_work(installed: Server) -> None:
    """systemctl status says that there is no gateway, why, and which key to change."""
    with installed.occupied(8080):
        installed.machine.run("systemctl", "start", "green-proxy")
        said = installed.machine.run("systemctl", "status", "--full", "--no-pager", "green-proxy")
        answer = installed.get("http://127.0.0.1:18789/-/status")

    assert "version" in answer
    (status,) = (line for line in said.splitlines() if line.lstrip().startswith("Status:"))
    assert "DEGRADED: no web gateway: proxy.gateway 127.0.0.1:8080: the port is taken" in status


@pytest.mark.parametrize("service", SERVICES)
def test_a_wrong_configuration_stops_a_service_for_good(installed: Server, service: str) -> None:
    """Exit code 78, the file and the key in the journal, and no second try."""
    drop_in = "/etc/green-qwen/green-qwen.d/wrong.toml"
    installed.machine.write(drop_in, b"[proxy]\nlisten = 18789\n")

    code = installed.machine.exit_code("systemctl", "start", service)

    said = installed.machine.run("journalctl", "-u", service, "-o", "cat")
    assert code != 0
    assert installed.property(service, "ActiveState") == "failed"
    assert installed.property(service, "ExecMainStatus") == "78"
    assert "proxy.listen" in installed.property(service, "StatusText")
    assert drop_in in said
    assert "proxy.listen" in said


def test_a_python_that_the_package_has_no_libraries_for_is_named(installed: Server) -> None:
    """As after an upgrade of the system: exit code 70, one line in the journal, and no second try."""
    move = "find /usr/lib/green-qwen/vendor/httptools -name '*.so' -exec sh -c 'mv {0} $(echo {0} | {1})' ';'"
    away, back = "sed s/cpython-3/cpython-9/", "sed s/cpython-9/cpython-3/"
    installed.machine.run("sh", "-c", move.format("{}", away))
    try:
        code = installed.machine.exit_code("systemctl", "start", "green-proxy")
    finally:
        installed.machine.run("sh", "-c", move.format("{}", back))

    assert code != 0
    assert installed.property("green-proxy", "ActiveState") == "failed"
    assert installed.property("green-proxy", "ExecMainStatus") == "70"
    said = installed.machine.run("journalctl", "-u", "green-proxy", "-o", "cat")
    assert "install a green-qwen that knows it" in said
    assert "Traceback" not in said


def degraded_status_of(server: Server, service: str) -> str | None:
    status = server.property(service, "StatusText")
    return status if "DEGRADED" in status else None
