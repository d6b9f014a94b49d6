# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When to unload a model that nobody uses: after which quiet, and by whose leave."""
