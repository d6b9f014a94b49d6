# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What was given becomes a configuration, or every fault of it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_common.config import Config, keys_that_need_a_restart, load_config, salvage_config
from green_common.config.load import merge
from green_common.config.schema import IdleConfig, ProxyConfig
from green_common.config.source import Given
from green_common.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "green-qwen.toml"


def test_nothing_given_is_the_default(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """The default file need not be there."""
    monkeypatch.setattr("green_common.config.load.DEFAULT_PATH", path)

    loaded = load_config(None, {})

    assert loaded.config == Config()
    assert set(loaded.origins.values()) == {"default"}


def test_a_file_that_was_named_has_to_be_there(path: Path) -> None:
    """A typing mistake in --config must not mean the defaults."""
    with pytest.raises(ConfigError, match=r"green-qwen\.toml: can't be read: No such file"):
        load_config(path, {})


def test_file_drop_ins_and_environment_in_growing_weight(path: Path) -> None:
    """Each value knows where it came from."""
    drop_ins = path.with_suffix(".d")
    drop_ins.mkdir()
    path.write_text("[idle]\nidle_after_s = 1\nrest_sm_clock_mhz = 1\n[telemetry]\nwindow_s = 11\n")
    (drop_ins / "20-b.toml").write_text("[idle]\nidle_after_s = 3\n")
    (drop_ins / "10-a.toml").write_text("[idle]\nidle_after_s = 2\nrest_sm_clock_mhz = 2\n")
    (drop_ins / "30-c.conf").write_text("[idle]\nidle_after_s = 9\n")

    loaded = load_config(path, {"GREEN_TELEMETRY_WINDOW_S": "13"})

    assert loaded.config.idle == IdleConfig(idle_after_s=3, rest_sm_clock_mhz=2)
    assert loaded.config.telemetry.window_s == 13
    assert loaded.origins["idle.idle_after_s"] == str(drop_ins / "20-b.toml")
    assert loaded.origins["idle.rest_sm_clock_mhz"] == str(drop_ins / "10-a.toml")
    assert loaded.origins["telemetry.window_s"] == "environment GREEN_TELEMETRY_WINDOW_S"
    assert loaded.origins["proxy.listen"] == "default"


def test_every_fault_is_reported(path: Path) -> None:
    """File, key, value found and what is allowed; a line each."""
    path.write_text('[idle]\nidle_after_s = "soon"\n[telemetry]\nwindow_s = 5\n[proxy]\nlisten = "here"\n')

    with pytest.raises(ConfigError) as caught:
        load_config(path, {})

    assert str(caught.value).splitlines() == [
        f"{path}: idle.idle_after_s is 'soon'; allowed is a number from 1 to 86400",
        f"{path}: telemetry.window_s is 5; allowed is a whole number from 10 to 3600",
        f"{path}: proxy.listen is 'here'; allowed is HOST:PORT with a port from 1 to 65535, "
        "like 127.0.0.1:18789 or [::1]:18789",
    ]


@pytest.mark.parametrize(
    ("table", "key", "expected"),
    [
        ("idle", "idle_after", "idle.idle_after: there is no such key; did you mean 'idle_after_s'?"),
        (
            "idle",
            "zzzzz",
            "there is no such key; known are idle_after_s, rest_sm_clock_mhz, restore_sm_clock_mhz",
        ),
        ("proxi", "listen", r"there is no table [proxi]; did you mean 'proxy'?"),
        ("zzzzz", "listen", "known are proxy, shaping, feed, gpu, telemetry, idle, logging"),
    ],
)
def test_an_unknown_name_is_an_error_that_names_the_nearest(table: str, key: str, expected: str) -> None:
    """Or all, where none is near."""
    with pytest.raises(ConfigError) as caught:
        merge([Given(table, key, 1, "a.toml")])

    assert expected in str(caught.value)
    assert str(caught.value).startswith("a.toml: ")


def test_ollama_host_is_where_the_model_server_is(path: Path) -> None:
    """The variable that Ollama itself reads; quotes and spaces as it takes them."""
    path.write_text("")

    loaded = load_config(path, {"OLLAMA_HOST": ' "0.0.0.0:9999" '})

    assert loaded.config.proxy.upstream == "http://127.0.0.1:9999"
    assert loaded.origins["proxy.upstream"] == "environment OLLAMA_HOST"


def test_our_own_setting_outweighs_ollama_host(path: Path) -> None:
    """Whoever wrote it meant us."""
    path.write_text('[proxy]\nupstream = "http://10.0.0.7:11434"\n')

    loaded = load_config(path, {"OLLAMA_HOST": "127.0.0.1"})

    assert loaded.config.proxy.upstream == "http://10.0.0.7:11434"


def test_an_empty_ollama_host_says_nothing(path: Path) -> None:
    """As with Ollama."""
    path.write_text("")

    assert load_config(path, {"OLLAMA_HOST": " "}).config.proxy == ProxyConfig()


def test_a_wrong_ollama_host_is_named(path: Path) -> None:
    """With what was made of it."""
    path.write_text("")

    with pytest.raises(ConfigError, match=r"environment OLLAMA_HOST: .* is 'http://a b:11434'"):
        load_config(path, {"OLLAMA_HOST": "a b"})


def test_changed_keys_that_need_a_restart_are_known() -> None:
    """Only those that changed, and only those that can't be taken over."""
    old = Config()
    new = Config(
        proxy=ProxyConfig(listen="127.0.0.1:1", wake_wait_ms=7), idle=IdleConfig(held_file="/run/other")
    )

    assert keys_that_need_a_restart(old, new) == ["proxy.listen", "idle.held_file"]
    assert keys_that_need_a_restart(old, old) == []


def test_salvage_keeps_what_is_right(path: Path) -> None:
    """Defaults stand in for what is wrong."""
    path.write_text('[idle]\nheld_file = "/run/mine"\nidle_after_s = -1\n[nonsense]\nx = 1\n')

    config = salvage_config(path, {"GREEN_GPU_DRIVER": "simulated"}).config

    assert config.idle == IdleConfig(held_file="/run/mine")
    assert config.gpu.driver == "simulated"


@pytest.mark.parametrize("content", [b"[idle\n", b"\xff", None])
def test_salvage_without_a_readable_file_has_the_environment(path: Path, content: bytes | None) -> None:
    """Broken, not text, or not there at all."""
    if content is not None:
        path.write_bytes(content)

    assert salvage_config(path, {"GREEN_IDLE_HELD_FILE": "/run/mine"}).config.idle.held_file == "/run/mine"
