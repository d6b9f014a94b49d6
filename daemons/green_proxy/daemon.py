# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-proxy's life: bind, serve, tell systemd, stop."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from green_common.config import ProxyConfig, split_address
from green_common.errors import ConfigError
from green_common.feed.publisher import bind_feed
from green_common.process import Process
from green_proxy.door.listener import bind_api
from green_proxy.service import Service


def run(process: Process) -> None:
    """Serve until a stop signal. Raises GreenError where the API or the feed can't be bound."""
    config = process.config
    refuse_a_loop(config.proxy)
    api = bind_api(config.proxy.listen)
    with api, bind_feed(config.feed.socket, config.feed.group) as feed:
        asyncio.run(_serve(process, api, feed))


async def _serve(process: Process, api: socket.socket, feed: socket.socket) -> None:
    await Service(process).serve(api, feed)


def refuse_a_loop(proxy: ProxyConfig) -> None:
    """Raises ConfigError where the proxy would be its own model server."""
    upstream = urlsplit(proxy.upstream)
    host, port = split_address(proxy.listen)
    if upstream.port == port and _here(upstream.hostname or "") == _here(host):
        raise ConfigError(
            f"proxy.upstream {proxy.upstream} is green-proxy's own address (proxy.listen {proxy.listen}): "
            "give each its own; as installed green-proxy has port 18789, and Ollama 11434"
        )


def _here(host: str) -> str:
    """One name for all of this machine's own."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "localhost" if host == "localhost" else host
    return "localhost" if address.is_loopback or address.is_unspecified else host
