# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-proxy's life: bind, serve, tell systemd, stop."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from green_common.config import ProxyConfig, split_address
from green_common.errors import ConfigError
from green_common.feed.publisher import bind_feed
from green_common.logs import get_log
from green_common.process import Process
from green_proxy.door.keys import Keys, refuse_to_stand_open
from green_proxy.door.listener import Doors, open_doors
from green_proxy.service import Service


def run(process: Process) -> None:
    """Serve until a stop signal. Raises GreenError where the API or the feed can't be bound."""
    config, proxy = process.config, process.config.proxy
    refuse_a_loop(proxy)
    with closing(open_doors(proxy.listen, proxy.gateway, os.environ)) as doors:
        keys_file, exposed = Path(proxy.keys_file), doors.exposed()
        keys = Keys(keys_file, exposed=exposed is not None)
        refuse_to_stand_open(exposed, len(keys), keys_file)
        if doors.trouble:
            get_log().warning("gateway.off", say=f"no web gateway: {doors.trouble}")
        with bind_feed(config.feed.socket, config.feed.group) as feed:
            asyncio.run(_serve(process, doors, keys, feed))


async def _serve(process: Process, doors: Doors, keys: Keys, feed: socket.socket) -> None:
    await Service(process, doors, keys).serve(feed)


def refuse_a_loop(proxy: ProxyConfig) -> None:
    """Raises ConfigError where the proxy would be its own model server."""
    upstream = urlsplit(proxy.upstream)
    for key, address in (("listen", proxy.listen), ("gateway", proxy.gateway)):
        host, port = split_address(address) if address else ("", None)
        if upstream.port == port and _here(upstream.hostname or "") == _here(host):
            raise ConfigError(
                f"proxy.upstream {proxy.upstream} is green-proxy's own address (proxy.{key} {address}): give "
                "each its own; as installed green-proxy has ports 18789 and 8080, and Ollama 11434"
            )


def _here(host: str) -> str:
    """One name for all of this machine's own."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "localhost" if host == "localhost" else host
    return "localhost" if address.is_loopback or address.is_unspecified else host
