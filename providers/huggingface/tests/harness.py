"""How the conformance kit meets the provider."""

from provider_conformance import Harness, OpenAIWire
from provider_huggingface import HfProvider

HARNESS = Harness(
    HfProvider,
    OpenAIWire(token_path="/api/whoami-v2", backend_header="x-inference-provider"),
    keywords={"hub_url": "{address}"},
    environment={
        "HF_TOKEN": "{credential}",
        "HF_BASE_URL": "{base_url}",
        "HF_ENDPOINT": "{address}",
    },
)
