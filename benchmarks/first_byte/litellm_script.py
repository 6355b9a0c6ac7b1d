"""LiteLLM, with the provider that it documents for services that speak OpenAI's protocol."""

import os
import sys

import litellm

for chunk in litellm.completion(
    model="openai/" + os.environ["BENCHMARK_MODEL"],
    api_base=os.environ["BENCHMARK_BASE_URL"],
    api_key=os.environ["BENCHMARK_KEY"],
    messages=[{"role": "user", "content": sys.argv[1]}],
    stream=True,
):
    if chunk.choices:
        sys.stdout.write(chunk.choices[0].delta.content or "")
        sys.stdout.flush()
