# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Finding out who has a port."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from green_proxy.door.port_holder import Listening, holder_of, listening

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1
   1: 0100007F:4965 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1
"""


def test_only_listening_sockets_count(tmp_path: Path) -> None:
    """A connection to the port is not who has it."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TABLE)

    assert [Listening(18789, 1000, "4711")] == list(listening(tmp_path))


def test_a_process_of_another_user_is_named_by_its_user(tmp_path: Path) -> None:
    """Its descriptors can't be read, but the kernel's table names its uid."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TABLE.replace("4965", "0001"))

    assert holder_of(1, tmp_path) == "a process of uid 1000"


def test_a_process_is_named_by_its_command() -> None:
    """Here it is the test itself."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        holder = holder_of(taken.getsockname()[1])

    assert f"process {os.getpid()} (" in holder
