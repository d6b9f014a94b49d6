# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The steps that change, join, hold back or refuse what reaches the model server."""
