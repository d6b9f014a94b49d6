# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Clients in a closed loop on a model server, and what the GPU draws meanwhile: for bench, tune and demo.

How it is used:

    server = Server("http://127.0.0.1:11434", "qwen3:32b")       # clients.py; dialect=OPENAI for llama-server
    source = Endless(MixedAuthor(seed=7, salt="a"))              # dialogues.py; Counted(author, 500)
    meter = Meter(driver.open_gpus())                            # meter.py
    async with meter.watching():
        await load_model(server)
        measured = await measure(server, source, Plan(clients=16, window_s=30), meter)     # measure.py
    figures = figures_of(measured.record, measured.window, meter.logs)                     # figures.py

The same seed gives the same load. The salt changes only the first words of each dialogue, so that a server
which remembers prompts gives no later run for nothing: one salt for each run on a server that is not
restarted. figures.py, quantile.py and counter.py are pure, as are the dialogues; clients.py, meter.py and
measure.py are the rim. All times are on the monotonic clock.
"""
