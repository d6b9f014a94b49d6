# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A listening Unix socket that a group may use."""

from __future__ import annotations

import grp
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from green_common.errors import NotPermittedError, UnavailableError


@dataclass(frozen=True, slots=True)
class Names:
    """What an error calls the path's key, the group's key, and the daemon."""

    path_key: str
    group_key: str
    daemon: str


def bind_unix(path: str, group: str, names: Names, *, kind: socket.SocketKind, backlog: int) -> socket.socket:
    """
    Bind with mode 0660 for the group; a socket that nobody serves any more is replaced.

    Raises UnavailableError where it is served or can't be bound, NotPermittedError where it is another
    user's or this user is not in the group. The group is left as it is where it does not exist, as in a
    checkout without the package.
    """
    _clear_stale(Path(path), names, kind)
    listener = socket.socket(socket.AF_UNIX, kind | socket.SOCK_NONBLOCK)
    before = os.umask(0o117)
    try:
        listener.bind(path)
        _hand_to_group(path, group, names)
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        raise UnavailableError(
            f"{names.path_key} {path}: can't be bound: {error.strerror or error}; its directory has to exist "
            f"and be writable for uid {os.geteuid()}"
        ) from error
    except NotPermittedError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _clear_stale(path: Path, names: Names, kind: socket.SocketKind) -> None:
    if not path.is_socket():
        return
    if path.stat().st_uid != os.geteuid():
        raise NotPermittedError(
            f"{names.path_key} {path}: belongs to uid {path.stat().st_uid}, not to {names.daemon}'s uid "
            f"{os.geteuid()}; stop that process and remove the socket"
        )
    with socket.socket(socket.AF_UNIX, kind) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise UnavailableError(
        f"{names.path_key} {path}: another {names.daemon} already serves it; stop that one or change "
        f"{names.path_key}"
    )


def _hand_to_group(path: str, group: str, names: Names) -> None:
    try:
        os.chown(path, -1, grp.getgrnam(group).gr_gid)
    except KeyError:
        return
    except PermissionError as error:
        Path(path).unlink()
        raise NotPermittedError(
            f"{names.group_key} {group}: uid {os.geteuid()} is not in it and so can't give it {path}; "
            f"add that user to the group, or set {names.group_key} to a group of its own"
        ) from error
