# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The one base of all errors that a user may see, each with its sysexits code."""

from __future__ import annotations

import os


class GreenError(Exception):
    """An error whose text tells the user what was found, what is allowed and what to do."""

    exit_code = os.EX_SOFTWARE


class UsageError(GreenError):
    """The command line is wrong."""

    exit_code = os.EX_USAGE


class ConfigError(GreenError):
    """A configuration file, drop-in or environment variable is wrong."""

    exit_code = os.EX_CONFIG


class UnavailableError(GreenError):
    """Something the daemon needs is not there (yet): a port, a socket, a GPU."""

    exit_code = os.EX_UNAVAILABLE


class NotPermittedError(GreenError):
    """The operating system or a peer refuses this process."""

    exit_code = os.EX_NOPERM
