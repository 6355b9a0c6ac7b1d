"""The yardstick: a minimal script that imports httpx and prints a stream while it arrives."""

import json
import os
import sys

import httpx

with (
    httpx.Client(timeout=60) as client,
    client.stream(
        "POST",
        os.environ["BENCHMARK_BASE_URL"] + "/chat/completions",
        headers={"Authorization": "Bearer " + os.environ["BENCHMARK_KEY"]},
        json={
            "model": os.environ["BENCHMARK_MODEL"],
            "messages": [{"role": "user", "content": sys.argv[1]}],
            "stream": True,
            "stream_options": {"include_usage": True},
        },
    ) as response,
):
    response.raise_for_status()
    for line in response.iter_lines():
        if line.startswith("data: {"):
            for choice in json.loads(line[6:])["choices"]:
                sys.stdout.write(choice["delta"].get("content") or "")
                sys.stdout.flush()
