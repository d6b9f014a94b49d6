# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What was measured so far, in a file: an interrupted search goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from green_common.errors import ConfigError, NotPermittedError
from green_qwen.tune.measured import Measured, Outcome, Stage, Trial
from green_qwen.tune.setting import setting_from, values_of
from green_qwen.tune.whole_file import write_whole

VERSION = 1


@dataclass(frozen=True, slots=True)
class Done:
    """One trial with its outcome."""

    trial: Trial
    outcome: Outcome


class State:
    """The file; written anew, whole, after each trial."""

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        self.path = path
        self._identity = dict(identity)
        self._done: list[Done] = []

    def resumed(self) -> list[Done]:
        """What an earlier run measured; raises ConfigError where it measured something else."""
        try:
            content = json.loads(self.path.read_text())
        except FileNotFoundError as error:
            raise ConfigError(f"{self.path}: nothing to resume; start without --resume") from error
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self.path}: can't be read: {error}; start without --resume") from error
        self._check(content)
        try:
            return [_done_from(entry) for entry in content["trials"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"{self.path}: not as tune writes it ({error}); start without --resume"
            ) from error

    def add(self, done: Done) -> None:
        self._done.append(done)
        entries = [_entry(one) for one in self._done]
        write_json(self.path, {"version": VERSION, "identity": self._identity, "trials": entries})

    def _check(self, content: Any) -> None:
        known = content if isinstance(content, dict) else {}
        if known.get("version") != VERSION:
            raise ConfigError(f"{self.path}: of another version of tune; start without --resume")
        old = known.get("identity", {})
        names = sorted(name for name in {*old, *self._identity} if old.get(name) != self._identity.get(name))
        if names:
            was, now = old.get(names[0]), self._identity.get(names[0])
            raise ConfigError(
                f"{self.path}: measured with another {', '.join(names)}: {names[0]} was {was}, is {now}; "
                "start without --resume"
            )


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """All of it or nothing; raises NotPermittedError where the folder is not ours to write."""
    try:
        write_whole(path, json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise NotPermittedError(f"{path}: {error.strerror}; choose another folder with --state") from error


def _entry(done: Done) -> dict[str, Any]:
    trial, outcome = done.trial, done.outcome
    return {
        "setting": values_of(trial.setting),
        "window_s": trial.window_s,
        "stage": trial.stage.value,
        "why": trial.why,
        "took_s": outcome.took_s,
        "failure": outcome.failure,
        "measured": None if outcome.measured is None else asdict(outcome.measured),
    }


def _done_from(entry: Mapping[str, Any]) -> Done:
    setting = setting_from(entry["setting"])
    trial = Trial(setting, float(entry["window_s"]), Stage(entry["stage"]), str(entry["why"]))
    measured = None if entry["measured"] is None else Measured(**entry["measured"])
    return Done(trial, Outcome(float(entry["took_s"]), measured, str(entry["failure"])))
