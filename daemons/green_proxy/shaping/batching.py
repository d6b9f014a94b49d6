# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
When requests that can wait go to the model server, decided by the measured curve alone.

A step of the server gives each running sequence one token, and what it costs hardly depends on how many
there are: the weights are read once for all. So who joins others pays only the difference that it makes
to the step, which between 8 and 16 sequences is even negative, and who runs alone pays for everything.

- **Interactive requests never wait for a fuller batch.** Their batch fills by itself: those that a load
  or lowered clocks keep waiting have their slots already, and go on together once that is over.
- **A freed slot is never held back** until more are free. Several prompts would then interrupt the others'
  answers once instead of several times; but a prompt token costs 0.22 J at any batch size, so nothing is
  saved in reading them, while a step with a slot empty costs nearly as much as a full one, or more: with
  15 of 16 slots in use a token of everybody costs 14 % more.
- **Requests of batch priority wait for a price.** What joining would cost each of them per token is on the
  curve, for any number of them beside those that run. At first they accept only what a token costs in the
  best batch that the slots allow, because a full one may yet come about; at the end of `batch_wait_s`
  they accept what it costs alone, because nothing better came; and between the two the price rises
  evenly with the time that the first of them has waited. As many go together as the price allows. In 16
  slots two go at once beside 7 others (they add nearly nothing), and one goes beside one other after 2 %
  of its time (0.86 J, where a full batch has 0.65 J and nobody beside it means 7.2 J). Where nobody runs,
  16 go at once, 8 after a quarter of the time, two after half of it, and one at its end.

Costs within a tenth of each other count as equal: receipts of requests that ran together are not surer
than that, so that a saving below it could be shown to nobody.
"""

from __future__ import annotations

from green_proxy.shaping.curve import Curve

EQUAL_WITHIN = 0.1


class Batching:
    """The curve, as far as these slots reach."""

    def __init__(self, slots: int, curve: Curve | None = None) -> None:
        curve = curve or Curve()
        self._step_j = [curve.step_j(sequences) for sequences in range(slots + 1)]
        best_j = min(self._step_j[sequences] / sequences for sequences in range(1, slots + 1))
        self._first_price_j = best_j * (1 + EQUAL_WITHIN)
        self._last_price_j = self._step_j[1]

    def patience(self, running: int, joining: int) -> float:
        """The share of their time, 0 to 1, after which so many would go and join those that run."""
        price_j = (self._step_j[running + joining] - self._step_j[running]) / joining
        if price_j <= self._first_price_j:
            return 0.0
        rise_j = self._last_price_j - self._first_price_j
        return min((price_j - self._first_price_j) / rise_j, 1.0) if rise_j > 0 else 1.0
