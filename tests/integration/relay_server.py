# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
A model server to be started and stopped: passes connections on to a simulated Ollama that runs already.

relay_server.py PORT TARGET_PORT SLOTS: as many connections as SLOTS are served, others wait. It fails, as a
server does whose memory is short, above MOST_SLOTS of the environment, and is ready only after READY_AFTER_S.
"""

from __future__ import annotations

import asyncio
import os
import sys


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def main(port: int, target: int, slots: int) -> None:
    free = asyncio.Semaphore(slots)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with free:
            there, back = await asyncio.open_connection("127.0.0.1", target)
            await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)

    await asyncio.sleep(float(os.environ.get("READY_AFTER_S", "0")))
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    if int(sys.argv[3]) > int(os.environ.get("MOST_SLOTS", "1000")):
        sys.exit("cudaMalloc failed: out of memory")
    asyncio.run(main(*map(int, sys.argv[1:4])))
