"""Hugging Face Inference Providers behind the provider contract."""

from provider_huggingface._dialect import HfDialect
from provider_huggingface._known_models import KNOWN_MODELS
from provider_huggingface._model_id import ModelId
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
