# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether `green-qwen tune`'s search finds the best setting of unknown cards, in virtual time."""
