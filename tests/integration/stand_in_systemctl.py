#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What tune asks of systemctl, for one unit whose process is the simulated Ollama.

STAND_IN names a folder with the unit's drop-ins in any ollama.service.d, and with notes of each start.
A unit with more slots than MOST_SLOTS of the folder's file of that name fails to start. With a file COSTS
the card's memory has its limit, so that a server may come up with a setting and not load the model.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(os.environ["STAND_IN"])
PID = HERE / "pid"


def alive() -> bool:
    return PID.exists() and Path(f"/proc/{PID.read_text()}/fd").exists()


def stop() -> None:
    if alive():
        number = int(PID.read_text())
        os.kill(number, signal.SIGTERM)
        while Path(f"/proc/{number}/cmdline").exists() and Path(f"/proc/{number}/cmdline").read_bytes():
            time.sleep(0.05)
    PID.unlink(missing_ok=True)


def lines_of(key: str) -> list[str]:
    """That key's values in all drop-ins, in the order of their names."""
    paths = sorted(HERE.glob("**/ollama.service.d/*.conf"), key=lambda path: path.name)
    lines = [line.partition("=") for path in paths for line in path.read_text().splitlines()]
    return [value for name, _, value in lines if name == key]


def environment() -> dict[str, str]:
    environ = {**os.environ, **dict(line.partition("=")[::2] for line in lines_of("Environment"))}
    unset = {name for line in lines_of("UnsetEnvironment") for name in line.split()}
    return {name: value for name, value in environ.items() if name not in unset}


def start() -> None:
    environ = environment()
    with (HERE / "started").open("a") as starts:
        starts.write(environ.get("OLLAMA_NUM_PARALLEL", "unset") + "\n")
    most = HERE / "MOST_SLOTS"
    if most.exists() and int(environ.get("OLLAMA_NUM_PARALLEL", "1")) > int(most.read_text()):
        sys.exit("Job for ollama.service failed.")
    costs = ["--costs", "h100"] if (HERE / "COSTS").exists() else []
    with (HERE / "log").open("ab") as log:
        process = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "green_sim",
                    "--gpu-socket",
                    str(HERE / "gpu.sock"),
                    "--load-s",
                    "0.2",
                ),
                *("--keep-models", str(HERE / "models.json"), *costs),
            ],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    PID.write_text(str(process.pid))


def main() -> None:
    verb = sys.argv[1]
    if verb == "show":
        active = "active" if alive() else "inactive"
        print(shlex.join(lines_of("Environment")) if "Environment" in sys.argv else active)
    if verb in ("stop", "restart"):
        stop()
    if verb == "restart":
        start()


if __name__ == "__main__":
    main()
