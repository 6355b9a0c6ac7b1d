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
