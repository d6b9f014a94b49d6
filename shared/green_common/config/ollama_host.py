# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""OLLAMA_HOST as Ollama reads it (its envconfig.Host): scheme, host, port and path may each be left out."""

from __future__ import annotations

_PORTS = {"http": "80", "https": "443"}
_DEFAULT_PORT = "11434"
# Ollama itself listens on every address there; a client reaches that on loopback.
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


def upstream_of(ollama_host: str) -> str:
    """The address of the server that a client with this OLLAMA_HOST would use."""
    scheme, _, rest = ollama_host.rpartition("://")
    place, _, path = rest.partition("/")
    host, port = _split(place)
    host = _LOOPBACK.get(host, host)
    if ":" in host:
        host = f"[{host}]"
    port = port or _PORTS.get(scheme, _DEFAULT_PORT)
    return f"{scheme or 'http'}://{host}:{port}/{path}".rstrip("/")


def _split(place: str) -> tuple[str, str]:
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        return host, port.removeprefix(":")
    if place.count(":") > 1:
        return place, ""
    host, _, port = place.partition(":")
    return host, port
