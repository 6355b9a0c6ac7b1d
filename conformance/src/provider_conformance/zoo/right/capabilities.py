"""Right providers that can do less, or that need less of a credential."""

from __future__ import annotations

from provider_conformance.zoo._right import right
from provider_conformance.zoo.reference import ReferenceProvider

_ALL = ReferenceProvider.capabilities


@right()
class CanNothing(ReferenceProvider):
    """Declares no capability at all: it answers whole texts to users and assistants."""

    capabilities = frozenset()


@right()
class CannotStream(ReferenceProvider):
    """Answers whole only."""

    capabilities = _ALL - {"streaming", "usage_in_stream"}


@right()
class OnlyStreams(ReferenceProvider):
    """Declares streaming, and nothing else."""

    capabilities = frozenset({"streaming"})


@right()
class CannotCallTools(ReferenceProvider):
    """Cannot call tools."""

    capabilities = _ALL - {"tools", "parallel_tools"}


@right()
class CallsOneTool(ReferenceProvider):
    """Calls one tool at a time."""

    capabilities = _ALL - {"parallel_tools"}


@right()
class CountsOnlyWholes(ReferenceProvider):
    """Never requests the usage of a stream."""

    capabilities = _ALL - {"usage_in_stream"}


@right()
class ListsNoModels(ReferenceProvider):
    """Refuses to list models, and checks its health by a list that it does not show."""

    capabilities = _ALL - {"model_listing"}


@right()
class PlainTextOnly(ReferenceProvider):
    """Has no system prompt, images, JSON, reasoning, seed or stop."""

    capabilities = frozenset(
        {"streaming", "tools", "parallel_tools", "usage_in_stream", "model_listing"}
    )


@right()
class OptionalCredential(ReferenceProvider):
    """Works with a credential and without one."""

    credential = "optional"


@right()
class NoCredential(ReferenceProvider):
    """Has no credential, and never sends one."""

    credential = "none"
