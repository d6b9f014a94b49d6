# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated model server without its HTTP: slots, continuous batching, prompt cache, loading."""
