# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is shipped for Prometheus and Grafana, against Debian's Prometheus and a running telemetry."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from integration.telemetry_rig import (
    ROOT,
    WAIT_S,
    free_port,
    program,
    simulation,
    telemetry,
    wait_until,
)

MONITORING = ROOT / "monitoring"
DASHBOARD = MONITORING / "grafana-dashboard.json"
RULES = MONITORING / "prometheus-rules.yml"
SCRAPE = MONITORING / "prometheus-scrape.yml"
# What a machine that is well has no series of: nothing is thrown away, and no alert stands.
ONLY_IN_TROUBLE = ("green_thrown_away_energy_joules_total", "green_alert_active", "green_gpu_throttled")

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="wants Debian's package prometheus: scripts/test installs it"
)


@dataclass
class Scraped:
    """A Prometheus that has scraped a telemetry with receipts."""

    url: str
    metrics: str

    def ask(self, expression: str) -> list[Any]:
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}).json()
        assert answer["status"] == "success", answer
        found: list[Any] = answer["data"]["result"]
        return found


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    """Chats before the first scrape and after it, so that there are rates."""
    folder = tmp_path_factory.mktemp("prometheus")
    port, metrics = free_port(), free_port()
    proxy = f"127.0.0.1:{port}"
    with (
        simulation(folder, "--load-s", "0.2", "--answer-tokens", "20-30") as sim,
        contextlib.ExitStack() as up,
    ):
        environ = {"GREEN_PROXY_UPSTREAM": sim.url, "GREEN_PROXY_LISTEN": proxy, "GREEN_PROXY_GATEWAY": ""}
        up.enter_context(program("green_proxy", folder, **environ))
        daemon = up.enter_context(telemetry(folder, GREEN_TELEMETRY_LISTEN=f"127.0.0.1:{metrics}"))
        daemon.wait_for("feed.connected")
        sim.chat("hello", at=f"http://{proxy}")
        daemon.wait_for("receipt", 1)
        running = up.enter_context(prometheus(folder, metrics))
        ask = Scraped(running, f"http://127.0.0.1:{metrics}/metrics").ask
        wait_until(lambda: ask("count_over_time(green_receipts_total[1m]) > 1"), "second scrape")
        sim.chat("hello again", at=f"http://{proxy}")
        wait_until(lambda: ask("sum(increase(green_receipts_total[1m])) > 0"), "rate of receipts")
        yield Scraped(running, f"http://127.0.0.1:{metrics}/metrics")


@contextlib.contextmanager
def prometheus(folder: Path, metrics: int) -> Iterator[str]:
    """Debian's Prometheus on the shipped configuration, but for addresses and time."""
    text = SCRAPE.read_text().replace("127.0.0.1:9838", f"127.0.0.1:{metrics}").replace("15s", "1s")
    text = text.replace("/usr/share/green-qwen/monitoring", str(MONITORING))
    (folder / "prometheus.yml").write_text(text)
    address = f"127.0.0.1:{free_port()}"
    options = (f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb")
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            ["prometheus", *options, f"--web.listen-address={address}"], stdout=log, stderr=log
        )
    try:
        wait_until(lambda: is_ready(address), f"Prometheus: {(folder / 'prometheus.log').read_text()}")
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(WAIT_S)


def is_ready(address: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://{address}/-/ready").status_code == 200
    return False


def test_promtool_finds_nothing_to_say_about_the_metrics(scraped: Scraped) -> None:
    """Names, units and help texts, in the older format, which is the one that it reads."""
    text = httpx.get(scraped.metrics).content

    said = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=True)

    assert said.stdout + said.stderr == b""


def test_prometheus_asks_for_openmetrics_and_takes_it(scraped: Scraped) -> None:
    """The target is up, without an error, and knows units."""
    targets = httpx.get(f"{scraped.url}/api/v1/targets").json()["data"]["activeTargets"]
    known = httpx.get(f"{scraped.url}/api/v1/metadata").json()["data"]

    assert [(target["health"], target["lastError"]) for target in targets] == [("up", "")]
    assert known["green_gpu_energy_joules"][0]["unit"] == "joules"


@pytest.mark.parametrize(("what", "file"), [("rules", RULES), ("config", SCRAPE)])
def test_promtool_takes_what_is_shipped(what: str, file: Path, tmp_path: Path) -> None:
    """The configuration with the rules where they are in a checkout."""
    text = file.read_text().replace("/usr/share/green-qwen/monitoring", str(MONITORING))
    (tmp_path / file.name).write_text(text)

    done = subprocess.run(
        ["promtool", "check", what, file.name], cwd=tmp_path, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_panel_shows_something(scraped: Scraped) -> None:
    """No expression of the dashboard refers to what is not there."""
    empty = [expression for expression in panels() if not scraped.ask(expression)]

    assert [one for one in empty if not any(name in one for name in ONLY_IN_TROUBLE)] == []


def test_every_metric_of_the_rules_is_there(scraped: Scraped) -> None:
    """An alert that refers to nothing would never come."""
    names = {name for rule in rules() for name in re.findall(r"\b(?:green|gen_ai|process)_\w+|\bup\b", rule)}

    missing = [name for name in sorted(names - set(ONLY_IN_TROUBLE)) if not scraped.ask(name)]

    assert len(names) > 5
    assert missing == []


def test_no_alert_fires_on_a_machine_that_is_well(scraped: Scraped) -> None:
    """Prometheus evaluates all rules without an error."""
    groups = httpx.get(f"{scraped.url}/api/v1/rules").json()["data"]["groups"]
    found = [rule for group in groups for rule in group["rules"]]

    assert {rule["health"] for rule in found} <= {"ok", "unknown"}
    assert [rule["name"] for rule in found if rule["state"] == "firing"] == []


def panels() -> list[str]:
    """The dashboard's expressions with Grafana's variables filled in."""
    dashboard = json.loads(DASHBOARD.read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [one.replace("$instance", ".*").replace("$__rate_interval", "1m") for one in expressions]


def rules() -> list[str]:
    return re.findall(r"^\s+expr: (.*)$", RULES.read_text(), re.MULTILINE)
