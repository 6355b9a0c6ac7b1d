"""A server with OpenAI's protocol, as a provider that is data alone."""

from provider_conformance import Harness, OpenAIWire
from provider_sdk import PROVIDER_CONFIG, PROVIDER_REGISTRY

PROVIDER_CONFIG["llama"] = {
    "base_url": "https://llama.example/v1",
    "api_key_env": "LLAMA_API_KEY",
    "default_model": "qwen3",
}
HARNESS = Harness(PROVIDER_REGISTRY["llama"], OpenAIWire())
