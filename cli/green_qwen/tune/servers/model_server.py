# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The seam between the search and a model server."""

from __future__ import annotations

from typing import Protocol

from green_common.errors import UnavailableError
from green_qwen.load.clients import Server
from green_qwen.tune.setting import Setting


class ServerFailedError(UnavailableError):
    """It does not come up with this setting, or not with all of it; the text says what it said."""


class ModelServer(Protocol):
    """
    A server that is brought up with one setting after another.

    The order is `begin`, `load`, `end`, again and again, and `restore` at last, also after Ctrl-C. The
    default is what it does where nobody set anything.
    """

    @property
    def name(self) -> str: ...

    @property
    def simulated(self) -> bool: ...

    @property
    def knobs(self) -> frozenset[str]:
        """Names of `Setting` that it obeys."""

    async def begin(self, setting: Setting) -> None:
        """Come up as far as it does without a model; raises ServerFailedError."""

    async def load(self, setting: Setting) -> Server:
        """Have the model ready, and say whom to ask; raises ServerFailedError."""

    async def end(self) -> None:
        """After a trial, however it went."""

    async def restore(self) -> None:
        """The machine as it was."""
