# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The fixed text, written for this: one that is read on, and beginnings that are gone on with."""

from __future__ import annotations

READ = (
    "The mill stands where the river leaves the hills. For three hundred years its wheel has turned by "
    "day and rested by night, and the miller's rule was always the same: let the water do the work, and "
    "do no work that the water would not have done. When the flood came in the spring of the dry year, "
    "nobody expected it. The snow had been thin, the wells were low, and the farmers had already begun "
    "to carry water to their fields in buckets. Then it rained for nine days. On the tenth morning the "
    "bridge was gone, and with it the road to the town. The miller's daughter, who had learned to count "
    "before she could read, walked along the bank with a stick and a piece of string. She measured how "
    "high the water stood at the old willow, waited for an hour, and measured again. It falls by a hand "
    "in the hour, she said. At that rate we can cross tomorrow at noon. The others laughed, because she "
    "was twelve; but they had no better plan, and so they waited. At noon on the next day the stones of "
    "the ford lay bare, and forty people walked over them with dry feet. Since then, whenever somebody "
    "in the valley claims that a thing cannot be known, they are asked whether they have tried a stick "
    "and a piece of string."
)

BEGINNINGS = (
    "A good recipe for bread begins with",
    "The difference between weather and climate is",
    "To find out how deep a well is without going down, you can",
    "Once upon a time there was a clockmaker who",
    "The three most common mistakes in measuring something are",
    "If two trains leave the same station in opposite directions, then",
    "A letter to a neighbour who plays the trumpet at night: Dear",
    "The history of the bicycle can be told in a few sentences:",
)
