# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Who may ask: the Host and Origin checks that Ollama does against strange web pages.

The rules are those of Ollama's server/routes.go (allowedHostsMiddleware) and envconfig (AllowedOrigins).
"""

from __future__ import annotations

import fnmatch
import functools
import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping

LOCAL_SUFFIXES = (".localhost", ".local", ".internal")
LOOPBACK_ORIGINS = ("localhost", "127.0.0.1", "0.0.0.0", "[::1]")
_HOST = re.compile(r"(?:\[([^\]]+)\]|([^:\[\]]*))(?::\d*)?")
DESKTOP_ORIGINS = ("app://*", "file://*", "tauri://*", "vscode-webview://*", "vscode-file://*")


class Gate:
    """Says why a request may not pass, or nothing."""

    def __init__(self, environ: Mapping[str, str], *, exposed: bool) -> None:
        # As in Ollama: who listens on the network has decided to be reached under any name.
        self._any_host = exposed
        self._own_name = socket.gethostname().lower()
        self._origins = _allowed_origins(environ)
        # Clients come with one name or two, and with each request.
        self._host_allowed = functools.lru_cache(maxsize=64)(self._is_host_allowed)

    def refusal(self, host: str, origin: str | None) -> str | None:
        """The reason for a 403; None where the request may pass."""
        if not self._any_host and not self._host_allowed(host):
            return f"the host name '{host}' is not one of this machine's; use localhost"
        if origin is None or same_origin(host, origin) or self._origin_allowed(origin):
            return None
        return f"web pages of '{origin}' may not use this API; OLLAMA_ORIGINS allows more"

    def _is_host_allowed(self, host: str) -> bool:
        name = _without_port(host).lower()
        address = _address(name)
        if address is not None:
            return address.is_loopback or address.is_private or address.is_unspecified
        return name in ("", "localhost", self._own_name) or name.endswith(LOCAL_SUFFIXES)

    def _origin_allowed(self, origin: str) -> bool:
        return any(_matches(origin, allowed) for allowed in self._origins)


def same_origin(host: str, origin: str) -> bool:
    """True for a page that this very server handed out: no cross-origin request at all."""
    return origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


def _allowed_origins(environ: Mapping[str, str]) -> tuple[str, ...]:
    named = environ.get("OLLAMA_ORIGINS", "").strip(" \"'")
    return (*(part.strip() for part in named.split(",") if part.strip()), *_default_origins())


def _default_origins() -> Iterable[str]:
    for host in LOOPBACK_ORIGINS:
        for scheme in ("http", "https"):
            yield f"{scheme}://{host}"
            yield f"{scheme}://{host}:*"
    yield from DESKTOP_ORIGINS


def _matches(origin: str, allowed: str) -> bool:
    # Only '*' is a wildcard here; a bracket belongs to an IPv6 address.
    return fnmatch.fnmatchcase(origin, allowed.replace("[", "[[]"))


def _without_port(host: str) -> str:
    parts = _HOST.fullmatch(host)
    return (parts[1] or parts[2] or "") if parts else host


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
