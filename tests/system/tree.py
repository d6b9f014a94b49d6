# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Debian's base trees, made once by debootstrap and kept outside the checkout."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SUITES = ("bookworm", "trixie")
# What a server has and debootstrap's smallest set lacks.
PACKAGES = ("systemd", "systemd-sysv", "dbus", "python3")


def base_tree(suite: str) -> Path:
    """A Debian with systemd and Python; takes a minute the first time."""
    return _cached(f"debian-{suite}", lambda path: _debootstrap(suite, path))


def tree_with(suite: str, package: str) -> Path:
    """The same with one more package from Debian's archive."""
    base = base_tree(suite)
    return _cached(f"debian-{suite}-{package}", lambda path: _add_package(base, package, path))


def _cached(name: str, make: Callable[[Path], None]) -> Path:
    """Made under another name, so that what was interrupted is not taken for whole."""
    path = _cache() / name
    with _locked(path.with_suffix(".lock")):
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(path)
    return path


def _cache() -> Path:
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = Path(os.environ.get("GREEN_CACHE") or user / "green-qwen")
    cache.mkdir(parents=True, exist_ok=True)
    return cache


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _debootstrap(suite: str, path: Path) -> None:
    include = f"--include={','.join(PACKAGES)}"
    _run("debootstrap", "--variant=minbase", include, suite, str(path))


def _add_package(base: Path, package: str, path: Path) -> None:
    _run("cp", "-a", "--reflink=auto", str(base), str(path))
    install = f"apt-get update && apt-get install --yes --no-install-recommends {package} && apt-get clean"
    # The binaries alone don't need a booted system.
    _run("systemd-nspawn", "--quiet", "--register=no", *keep_unit(), "-D", str(path), "sh", "-c", install)


def keep_unit() -> list[str]:
    """systemd-nspawn asks systemd for a cgroup of its own, where there is a systemd to ask."""
    return [] if Path("/run/systemd/system").is_dir() else ["--keep-unit"]


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}")
