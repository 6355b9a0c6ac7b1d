"""How the conformance kit meets the provider."""

from provider_conformance import Harness
from provider_huggingface import HfProvider

from .hub_wire import HubWire

HARNESS = Harness(
    HfProvider,
    HubWire(),
    keywords={"hub_url": "{address}"},
    environment={
        "HF_TOKEN": "{credential}",
        "HF_BASE_URL": "{base_url}",
        "HF_ENDPOINT": "{address}",
    },
)
