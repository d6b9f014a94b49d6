# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The Unix sockets between the services and for views: whether they are there, and for whom."""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from green_common.config import Config
from green_qwen.doctor.finding import ADVICE, OK, UNKNOWN, WARNING, Finding

NAME, GROUP = "sockets", "group"


@dataclass(frozen=True, slots=True)
class Door:
    """A socket; `mode` and `group` are None where there is none, or nobody may look."""

    path: str
    service: str
    runs: bool
    mode: int | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """The group that may read them, and whether this user is in it."""

    group: str
    exists: bool
    member: bool


def read_doors(config: Config, *, proxy_runs: bool, telemetry_runs: bool) -> tuple[Door, ...]:
    return (
        _door(config.feed.socket, "green-proxy", runs=proxy_runs),
        _door(config.telemetry.live_socket, "green-telemetry", runs=telemetry_runs),
    )


def read_membership(group: str) -> Membership:
    try:
        number = grp.getgrnam(group).gr_gid
    except KeyError:
        return Membership(group, exists=False, member=False)
    return Membership(
        group, exists=True, member=os.geteuid() == 0 or number in (*os.getgroups(), os.getegid())
    )


def judge_doors(doors: tuple[Door, ...], membership: Membership) -> Iterator[Finding]:
    for door in doors:
        yield _judge(door, membership.group)
    if not membership.exists:
        text = f"there is no group {membership.group} (feed.group), so the services can't read each other:"
        yield Finding(GROUP, WARNING, text, ("sudo systemd-sysusers",))
    elif not membership.member:
        text = f"this user is not in {membership.group}, so top and receipt can't ask green-telemetry:"
        yield Finding(GROUP, ADVICE, text, (f"sudo usermod -aG {membership.group} $USER",))
    else:
        yield Finding(GROUP, OK, f"this user may read what {membership.group} may")


def _judge(door: Door, group: str) -> Finding:
    restart = (f"sudo systemctl restart {door.service}",)
    if door.mode is None and not door.runs:
        return Finding(NAME, UNKNOWN, f"{door.path} is not there, as {door.service} does not run")
    if door.mode is None:
        return Finding(NAME, WARNING, f"{door.service} runs, and {door.path} is not there:", restart)
    if not door.runs:
        return Finding(NAME, OK, f"{door.path} is there, of a {door.service} that systemd did not start")
    if door.mode & 0o007 or door.group != group:
        text = f"{door.path} has mode {door.mode:04o} and group {door.group}; 0660 and {group} are meant:"
        return Finding(NAME, WARNING, text, restart)
    return Finding(NAME, OK, f"{door.path} is there for {group}")


def _door(path: str, service: str, *, runs: bool) -> Door:
    try:
        found = Path(path).stat()
    except OSError:
        return Door(path, service, runs)
    try:
        group = grp.getgrgid(found.st_gid).gr_name
    except KeyError:
        group = str(found.st_gid)
    return Door(path, service, runs, stat.S_IMODE(found.st_mode), group)
