# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What apt does with the package, from install to purge, on a booted Debian without a network."""

from __future__ import annotations

from pathlib import Path

from system.machine import Machine
from system.server import SERVICES, SOCKET, Server

DROP_IN = "/etc/systemd/system/ollama.service.d/green-qwen.conf"
SHIPPED_DROP_IN = "/usr/share/green-qwen/ollama.service.d/green-qwen.conf"
# What apt, dpkg and systemd write about themselves, and what the tests bring along.
NOT_OURS = (
    *(
        "/var/lib/dpkg",
        "/var/lib/apt",
        "/var/log",
        "/var/cache/apt",
        "/var/cache/debconf",
        "/var/cache/ldconfig",
    ),
    *("/var/tmp", "/opt", "/root"),
)
# Backups that groupadd and groupdel keep.
BACKUPS = ("/etc/group-", "/etc/gshadow-")


def test_an_installation_enables_and_starts_nothing(bare: Server, package: Path) -> None:
    """All three services and the socket are known, disabled and at rest."""
    units = (*SERVICES, SOCKET)
    bare.install(package)

    assert {bare.property(unit, "UnitFileState") for unit in units} == {"disabled"}
    assert {bare.property(unit, "ActiveState") for unit in units} == {"inactive"}


def test_an_installation_is_whole(bare: Server, package: Path) -> None:
    """Libraries come from the package, everything is compiled, all may read the configuration."""
    bare.install(package)

    assert bare.machine.run("green-qwen", "--version").startswith("green-qwen ")
    assert bare.machine.run("/usr/libexec/green-qwen/green-proxy", "--check-config").startswith("OK: ")
    assert origin_of(bare.machine, "httpx").startswith("/usr/lib/green-qwen/vendor/")
    assert count(bare.machine, "*.py") == count(bare.machine, "*.pyc") > 300
    assert origin_of(bare.machine, "httptools").startswith("/usr/lib/green-qwen/vendor/")
    mode = bare.machine.run("stat", "--format", "%a", "/etc/green-qwen/green-qwen.toml")
    assert mode.strip() == "644"


def test_an_upgrade_restarts_what_runs_and_starts_nothing_else(
    bare: Server, package: Path, newer_package: Path, nvml: Path
) -> None:
    """Running services come back as new processes; a stopped one stays stopped."""
    bare.install(package)
    bare.start_simulation(nvml)
    bare.enable()
    bare.machine.run("systemctl", "disable", "--now", "green-idle")
    old_pids = {service: bare.property(service, "MainPID") for service in SERVICES}

    bare.install(newer_package)

    for service in ("green-proxy", "green-telemetry"):
        assert bare.is_active(service)
        assert bare.property(service, "MainPID") != old_pids[service]
    assert bare.property("green-idle", "ActiveState") == "inactive"


def test_an_upgrade_keeps_what_the_administrator_changed(
    bare: Server, package: Path, newer_package: Path
) -> None:
    """The configuration file is a conffile; apt has nothing to ask where only one side changed it."""
    changed = b"[telemetry]\nwindow_s = 30\n"
    bare.install(package)
    bare.machine.write("/etc/green-qwen/green-qwen.toml", changed)

    bare.install(newer_package)

    assert bare.machine.run("cat", "/etc/green-qwen/green-qwen.toml").encode() == changed


def test_a_removal_stops_the_services_and_gives_the_clocks_back(
    bare: Server, package: Path, nvml: Path
) -> None:
    """Nothing runs on from deleted files, and no GPU stays slow."""
    bare.install(package)
    bare.start_simulation(nvml)
    bare.enable()
    bare.chat("The last words.")
    bare.wait_for_lowered_clocks()

    bare.remove()

    assert bare.gpu()["locked_sm_clocks_mhz"] is None
    assert bare.machine.exit_code("systemctl", "is-active", *SERVICES) != 0
    assert count(bare.machine, "*") == 0
    assert bare.machine.exit_code("test", "-e", "/run/green-proxy") == 1


def test_a_purge_leaves_nothing(bare: Server, package: Path, nvml: Path) -> None:
    """Every file, directory and link is gone, also those made at run time and the group."""
    before = everything(bare.machine)
    bare.install(package)
    bare.start_simulation(nvml)
    bare.enable()
    bare.machine.run("install", "-D", "--mode=644", SHIPPED_DROP_IN, DROP_IN)
    bare.machine.write("/etc/green-qwen/green-qwen.d/mine.toml", b"[idle]\nidle_after_s = 20\n")
    bare.chat("Goodbye.")

    bare.remove(purge=True)

    brought = {"/usr/lib/libnvidia-ml.so.1", "/etc/systemd/system/green-sim.service"}
    assert everything(bare.machine) - brought == before
    assert bare.machine.exit_code("getent", "group", "green-qwen") == 2
    assert bare.machine.run("sh", "-c", "ls -d /run/green-*").split() == ["/run/green-sim"]


def test_a_purge_after_a_removal_takes_the_rest(bare: Server, package: Path) -> None:
    """The order apt remove, apt purge ends where apt purge does."""
    before = everything(bare.machine)
    bare.install(package)
    bare.machine.run("systemctl", "enable", *SERVICES, SOCKET)
    bare.machine.run("install", "-D", "--mode=644", SHIPPED_DROP_IN, DROP_IN)
    bare.remove()

    bare.remove(purge=True)

    assert everything(bare.machine) == before


def test_a_changed_drop_in_survives_a_purge(bare: Server, package: Path) -> None:
    """What its owner changed is its owner's, and is named."""
    bare.install(package)
    bare.machine.run("install", "-D", "--mode=644", SHIPPED_DROP_IN, DROP_IN)
    bare.machine.run("sed", "-i", "s/NUM_PARALLEL=16/NUM_PARALLEL=4/", DROP_IN)

    said = bare.remove(purge=True)

    assert "OLLAMA_NUM_PARALLEL=4" in bare.machine.run("cat", DROP_IN)
    assert DROP_IN in said


def everything(machine: Machine) -> set[str]:
    """Every path of the root file system that could be ours."""
    paths = machine.run("find", "/", "-xdev").splitlines()
    return {path for path in paths if not path.startswith(NOT_OURS) and path not in BACKUPS}


def count(machine: Machine, pattern: str) -> int:
    """How many of the installed libraries' files match."""
    command = f"find /usr/lib/green-qwen -type f -name '{pattern}' 2>/dev/null | wc -l"
    return int(machine.run("sh", "-c", command))


def origin_of(machine: Machine, module: str) -> str:
    """The file from which the installed launchers import a module."""
    launcher = machine.run("cat", "/usr/bin/green-qwen").partition("try:")[0]
    script = f"{launcher}\nimport {module}; print({module}.__file__)"
    return machine.run("/usr/bin/python3", "-I", "-c", script)
