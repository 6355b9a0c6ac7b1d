"""How the conformance kit meets the provider."""

from provider_conformance import Harness, OpenAIWire
from provider_conformance.wires import Documented
from provider_huggingface import HfProvider

ERRORS = Documented(
    "https://github.com/huggingface/smolagents/issues/2584",
    "an error of the router itself; those recorded are of its back ends",
    ["failure: error = object"],
)
HARNESS = Harness(
    HfProvider,
    OpenAIWire(
        token_path="/api/whoami-v2", backend_header="x-inference-provider", documented=[ERRORS]
    ),
    keywords={"hub_url": "{address}"},
    environment={
        "HF_TOKEN": "{credential}",
        "HF_BASE_URL": "{base_url}",
        "HF_ENDPOINT": "{address}",
    },
)
