# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What an answer costs with thinking and without, and whether it may be switched off."""
