"""Which HTTP library sends requests, and why."""

from __future__ import annotations

from provider_sdk import TransportChoice, describe_transport, prefer_transport

from ollama_cli.choosing.routing import QUICK_TRANSPORT as QUICK


def transport() -> dict[str, str]:
    """Return the libraries with their versions as JSON, and the reason; both are imported."""
    before = prefer_transport(None)
    try:
        many = describe_transport()
        prefer_transport(QUICK)
        one = describe_transport()
    finally:
        prefer_transport(before)
    return {"questions": _shown(one), "batch": _shown(many), "reason": _reason(many)}


def _shown(choice: TransportChoice) -> str:
    return f"{choice.name} {choice.version}"


def _reason(many: TransportChoice) -> str:
    if many.name == QUICK:
        return f"{many.reason}; pip install 'provider-contract-cli[fast]' makes batches faster"
    return f"{QUICK} starts sooner, and {many.name} sends many requests faster"


def line_of(found: dict[str, str]) -> str:
    """Return in a line what ``transport`` found."""
    if found["questions"] == found["batch"]:
        return f"{found['batch']} ({found['reason']})"
    return f"{found['questions']}, for batch {found['batch']} ({found['reason']})"
