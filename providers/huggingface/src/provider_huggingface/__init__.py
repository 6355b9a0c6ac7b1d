"""A provider for Hugging Face Inference Providers."""

from provider_huggingface._dialect import HfDialect
from provider_huggingface._models import KNOWN_MODELS, ModelId
from provider_huggingface._provider import HfCompatibleProvider, HfProvider
from provider_huggingface._version import __version__

__all__ = [
    "KNOWN_MODELS",
    "HfCompatibleProvider",
    "HfDialect",
    "HfProvider",
    "ModelId",
    "__version__",
]

for _exported in (HfCompatibleProvider, HfDialect, HfProvider, ModelId):
    _exported.__module__ = __name__  # the path that people import
