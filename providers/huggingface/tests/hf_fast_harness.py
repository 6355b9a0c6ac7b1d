"""How the conformance kit meets the provider over aiohttp, which the extra ``fast`` installs.

respx does not see its requests, so that all checks run on real connections.
"""

from dataclasses import replace

from provider_huggingface import HfProvider

from .harness import HARNESS as OVER_HTTPX


class FastHfProvider(HfProvider):
    """The provider under a name of its own, so that its reports stand beside the others."""

    name = "hf-fast"


HARNESS = replace(
    OVER_HTTPX,
    provider=FastHfProvider,
    keywords={**OVER_HTTPX.keywords, "transport": "aiohttp"},
)
