# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Prints the configuration file as it is installed: every key with its meaning, commented out.

    PYTHONPATH=shared .venv/bin/python packaging/sample_config.py > etc/green-qwen.toml
"""

from __future__ import annotations

import sys

from green_common.config import sample_lines

HEAD = """\
# The configuration of green-qwen. As installed it sets nothing: every key shows its default. Take the
# '#' away from a line that you change.
#
# Files in /etc/green-qwen/green-qwen.d/*.toml come after this one, in the order of their names; then
# variables of the environment, like GREEN_PROXY_LISTEN. See green-qwen.toml(5).
#
#   check it:       green-qwen config check
#   see all of it:  green-qwen config show
#   take it over:   sudo systemctl reload green-proxy green-telemetry green-idle
#                   (restart instead of reload for an address, a path or the group)
"""

if __name__ == "__main__":
    sys.stdout.write("\n".join([HEAD, *sample_lines()]))
