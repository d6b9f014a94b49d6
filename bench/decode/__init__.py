# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The decode clock on the simulated card: joules a token against the time between tokens."""
