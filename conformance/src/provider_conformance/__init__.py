"""A contract-test kit for language model providers.

``run(HARNESS)`` checks a provider against the contract of ``provider_sdk`` and returns a report.
``test_conformance = conformance(HARNESS)`` runs the same checks as pytest items.
"""

from typing import TYPE_CHECKING, Any

from provider_conformance._check import Check
from provider_conformance._find import find_harness
from provider_conformance._harness import Harness
from provider_conformance._runner import run
from provider_conformance._service import Service
from provider_conformance._version import __version__
from provider_conformance.checks import all_checks
from provider_conformance.reports._result import Report, Result
from provider_conformance.wires import (
    AnthropicWire,
    GeminiWire,
    OllamaWire,
    OpenAIWire,
    ResponsesWire,
    Wire,
)

if TYPE_CHECKING:
    from provider_conformance._pytest import conformance

__all__ = [
    "AnthropicWire",
    "Check",
    "GeminiWire",
    "Harness",
    "OllamaWire",
    "OpenAIWire",
    "Report",
    "ResponsesWire",
    "Result",
    "Service",
    "Wire",
    "__version__",
    "all_checks",
    "conformance",
    "find_harness",
    "run",
]


def __getattr__(name: str) -> Any:
    """Import ``conformance`` when it is asked for: the command does without pytest."""
    if name != "conformance":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from provider_conformance._pytest import conformance

    conformance.__module__ = __name__
    return conformance


for _name in set(__all__) - {"conformance"}:
    if hasattr(_exported := globals()[_name], "__qualname__"):
        _exported.__module__ = __name__  # the path that people import
