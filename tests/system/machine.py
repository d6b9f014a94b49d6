# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A Debian that is booted with systemd in a container, without a network, and thrown away."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from system.tree import keep_unit

T = TypeVar("T")

INSIDE = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive")
# The container goes when the tests are killed; what it changes is kept apart from the tree, for once.
BOOT = ("setpriv", "--pdeathsig", "TERM", "systemd-nspawn", "--quiet", "--boot", "--volatile=overlay")
OPTIONS = ("--register=no", *keep_unit(), "--private-network", "--console=pipe")
BOOT_S, STOP_S, ASK_EVERY_S = 60.0, 30.0, 0.25


class Machine:
    """Boots at once; changes to the tree are kept in memory and lost with `stop`."""

    def __init__(self, tree: Path, console: Path, *options: str) -> None:
        self._console = console
        with console.open("wb") as log:
            # Debian 13's systemd wants the unified hierarchy, whatever the host has.
            self._container = subprocess.Popen(
                [*BOOT, *OPTIONS, *options, "-D", str(tree)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            )
        try:
            self._leader_pid = wait_for("process 1 of the container", self._find_leader, BOOT_S)
            wait_for("the end of the boot", self._has_booted, BOOT_S)
        except BaseException:
            self.stop()
            raise

    def run(self, *command: str, timeout_s: float = 60.0) -> str:
        """What a command inside prints on stdout; raises where it fails."""
        done = self._enter("--all", command=(*INSIDE, *command), timeout_s=timeout_s)
        if done.returncode != 0:
            raise RuntimeError(
                f"{' '.join(command)}: exit code {done.returncode}: {done.stdout}{done.stderr}"
            )
        return done.stdout

    def exit_code(self, *command: str) -> int:
        """The exit code of a command inside."""
        return self._enter("--all", command=(*INSIDE, *command), timeout_s=60.0).returncode

    def run_host_python(self, script: Path, *arguments: str, timeout_s: float = 60.0) -> str:
        """The stdout of a Python script of the host, with the container's network."""
        command = (sys.executable, str(script), *arguments)
        done = self._enter("--net", command=command, timeout_s=timeout_s)
        if done.returncode != 0:
            raise RuntimeError(f"{script.name} {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def write(self, path: str, content: bytes, mode: str = "644") -> None:
        """Put a file there, with the folders above it."""
        self.run("install", "-D", "--mode", mode, "/dev/null", path)
        self._enter("--all", command=("tee", path), timeout_s=60.0, stdin=content)

    def stop(self) -> None:
        """Shut down; by force where that takes too long."""
        self._container.terminate()
        try:
            self._container.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._container.kill()
            self._container.wait()

    def _enter(
        self, *namespaces: str, command: tuple[str, ...], timeout_s: float, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[str]:
        enter = ("nsenter", "--target", str(self._leader_pid), *namespaces, "--")
        done = subprocess.run(
            (*enter, *command), input=stdin, capture_output=True, timeout=timeout_s, check=False
        )
        out, err = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def _find_leader(self) -> int | None:
        if self._container.poll() is not None:
            raise RuntimeError(f"the container did not boot:\n{self._console.read_text(errors='replace')}")
        children = Path(f"/proc/{self._container.pid}/task/{self._container.pid}/children").read_text()
        return next((int(pid) for pid in children.split() if _is_process_1(pid)), None)

    def _has_booted(self) -> bool:
        # Not 'running' alone: a unit of Debian's own that fails in a container is none of our business.
        state = self._enter("--all", command=(*INSIDE, "systemctl", "is-system-running"), timeout_s=BOOT_S)
        return state.stdout.strip() in ("running", "degraded")


def wait_for(what: str, ask: Callable[[], T | None], timeout_s: float) -> T:
    """Ask until the answer is a true one; raises after the time with what was waited for."""
    until_s = time.monotonic() + timeout_s
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > until_s:
            raise TimeoutError(f"{what}: not within {timeout_s:g} s; last seen: {answer!r}")
        time.sleep(ASK_EVERY_S)


def _is_process_1(pid: str) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
    return any(line.startswith("NSpid:") and line.split()[-1] == "1" for line in status.splitlines())
