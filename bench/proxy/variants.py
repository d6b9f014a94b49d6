# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is compared, and how each is started."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
OFF, ON = "green-proxy, shaping off", "green-proxy, every step on"
DIRECT, NGINX = "direct", "nginx"
# More slots and requests in flight than streams: the waiting room is passed, never waited in.
PLENTY = 1024
STEPS = ("PIN", "CAP", "MERGE", "TRIM", "ADMIT")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a variant finds what it needs."""

    folder: Path
    environment: Path
    litellm: Path
    source: Path
    python: Path


@dataclass(frozen=True, slots=True)
class Start:
    """One way to start one proxy, and where its clients go."""

    command: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Variant:
    """A row of the tables; `start` gets the place, the port to listen on and the upstream's."""

    name: str
    start: Callable[[Place, int, int], Start]
    path: str = "/api/chat"
    start_within_s: float = 20.0
    readers: int = 0


def bare_environ() -> dict[str, str]:
    """Without what would steer a proxy from outside."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return {**kept, "NO_PROXY": "*", "no_proxy": "*"}


def feed_socket(place: Place) -> Path:
    return place.folder / "feed.sock"


def written(place: Place, name: str, port: int, upstream: int) -> str:
    """A configuration beside this file with its ports and folder filled in."""
    text = (HERE / name).read_text()
    for mark, value in (("@PORT@", port), ("@UPSTREAM@", upstream), ("@FOLDER@", place.folder)):
        text = text.replace(mark, str(value))
    path = place.folder / name
    path.write_text(text)
    return str(path)


def nothing(_place: Place, _port: int, _upstream: int) -> Start:
    return Start()


def nginx(place: Place, port: int, upstream: int) -> Start:
    configuration = written(place, "nginx.conf", port, upstream)
    return Start(["/usr/sbin/nginx", "-e", str(place.folder / "nginx.log"), "-c", configuration])


def haproxy(place: Place, port: int, upstream: int) -> Start:
    return Start(["/usr/sbin/haproxy", "-db", "-f", written(place, "haproxy.cfg", port, upstream)])


def stock(loop: str, http: str) -> Callable[[Place, int, int], Start]:
    def start(place: Place, port: int, upstream: int) -> Start:
        command = [
            str(place.environment / "bin/python"),
            "-m",
            "uvicorn",
            "stock:app",
            "--app-dir",
            str(HERE),
        ]
        command += ["--host", "127.0.0.1", "--port", str(port), "--loop", loop, "--http", http]
        command += ["--no-access-log", "--log-level", "warning", "--no-server-header", "--no-date-header"]
        return Start(command, {"UPSTREAM": f"http://127.0.0.1:{upstream}"})

    return start


def litellm(place: Place, port: int, upstream: int) -> Start:
    command = [str(place.litellm / "bin/litellm"), "--config", written(place, "litellm.yaml", port, upstream)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    environ = {
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOG": "ERROR",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
    }
    return Start(command, environ)


def green(*, on: bool) -> Callable[[Place, int, int], Start]:
    def start(place: Place, port: int, upstream: int) -> Start:
        configuration = place.folder / "green-qwen.toml"
        configuration.touch()
        command = [str(place.python), "-m", "green_proxy", "--config", str(configuration)]
        return Start(command, green_environ(place, port, upstream, on=on))

    return start


def green_environ(place: Place, port: int, upstream: int, *, on: bool) -> dict[str, str]:
    environ = {f"GREEN_SHAPING_{step}": "true" if on else "false" for step in STEPS}
    if on:
        environ |= {
            "GREEN_SHAPING_THINKING": "off",
            "GREEN_SHAPING_CLIENT_IN_FLIGHT": str(PLENTY),
            "GREEN_SHAPING_SLOTS": str(PLENTY),
        }
    return environ | {
        "PYTHONPATH": ":".join(str(place.source / part) for part in ("shared", "daemons")),
        "GREEN_PROXY_LISTEN": f"127.0.0.1:{port}",
        "GREEN_PROXY_GATEWAY": "",
        "GREEN_PROXY_UPSTREAM": f"http://127.0.0.1:{upstream}",
        "GREEN_PROXY_KEYS_FILE": str(place.folder / "keys"),
        "GREEN_FEED_SOCKET": str(feed_socket(place)),
    }


VARIANTS: Mapping[str, Variant] = {
    "direct": Variant(DIRECT, nothing),
    "nginx": Variant(NGINX, nginx),
    "haproxy": Variant("haproxy", haproxy),
    "stock": Variant("Starlette + httpx, uvloop and httptools", stock("uvloop", "httptools")),
    "plain": Variant("Starlette + httpx, asyncio and h11", stock("asyncio", "h11")),
    "litellm": Variant("LiteLLM (ollama_chat)", litellm, path="/v1/chat/completions", start_within_s=90.0),
    "off": Variant(OFF, green(on=False), readers=2),
    "on": Variant(ON, green(on=True), readers=2),
}
