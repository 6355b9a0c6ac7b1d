"""Whether a candidate could answer a call, found out without sending anything."""

from __future__ import annotations

from typing import Literal, NamedTuple

from provider_sdk._base import BaseProvider
from provider_sdk._errors import (
    ProviderAuthError,
    ProviderError,
    ProviderRequestError,
    UnknownProviderError,
)
from provider_sdk._requirements import Needs, unsupported_by
from provider_sdk._routing.candidate import Candidate
from provider_sdk._routing.candidates import Candidates

State = Literal["usable", "unknown", "broken", "cannot", "not local", "no credential"]


class Standing(NamedTuple):
    """Whether a candidate could answer a call.

    Attributes:
        name: its name.
        state: ``"usable"``, or why it cannot be asked.
        candidate: the candidate, if it was found.
        provider: its provider, if it is usable.
        error: the reason, if it is not.
    """

    name: str
    state: State
    candidate: Candidate | None = None
    provider: BaseProvider | None = None
    error: ProviderError | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is local, as far as that is known."""
        return self.candidate is not None and self.candidate.is_local

    @property
    def default_model(self) -> str:
        """The model that it asks by default, if that is known."""
        return self.candidate.default_model if self.candidate else ""


def standing_of(
    candidates: Candidates, name: str, source: str, needs: Needs, *, local_only: bool
) -> Standing:
    """Find out whether a candidate could answer; its provider is built if need be.

    Args:
        candidates: where to find it.
        name: its name.
        source: who named it.
        needs: what the call needs.
        local_only: whether it must be local.
    """
    known = candidates.usable.get(name) if type(name) is str else None
    if known is not None and known.candidate is not None:
        lacks = _refused(known.candidate, needs, local_only) if needs or local_only else None
        return lacks or known
    try:
        candidate = candidates.find(name, source)
    except UnknownProviderError as error:
        return Standing(name, "unknown", error=error.with_traceback(None))
    except ProviderError as error:
        return Standing(name, "broken", error=error.with_traceback(None))
    refused = _refused(candidate, needs, local_only)
    # The address of one that may be local tells whether the next leaves the user's machines.
    if refused is not None and not candidate.may_be_local:
        return refused
    built = _built(candidates, candidate)
    if refused is not None or built.error is not None:
        return refused or built
    # Only now is its address known, or what a factory makes.
    return _refused(candidate, needs, local_only) or built


def not_local_error(candidate: Candidate) -> ProviderRequestError:
    """Return the error for a candidate that ``local_only`` excludes."""
    return ProviderRequestError(
        f"{candidate.name} is not local, and the setting local_only permits no other; nothing was "
        "sent",
        provider=candidate.name,
        hint="Use a provider that is declared local and has a loopback or private address, or a "
        "Unix socket.",
    )


def _built(candidates: Candidates, candidate: Candidate) -> Standing:
    name = candidate.name
    try:
        provider = candidates.provider(candidate)
        found = candidates.usable[name] = Standing(name, "usable", candidate, provider)
        return found
    except ProviderAuthError as error:
        return Standing(name, "no credential", candidate, error=error.with_traceback(None))
    except ProviderError as error:
        return Standing(name, "broken", candidate, error=error.with_traceback(None))


def _refused(candidate: Candidate, needs: Needs, local_only: bool) -> Standing | None:
    capabilities = candidate.capabilities
    if capabilities is not None:
        for capability, what in needs:
            if capability not in capabilities:
                error = unsupported_by(candidate.name, capability, what)
                return Standing(candidate.name, "cannot", candidate, error=error)
    if local_only and not candidate.may_be_local:
        return Standing(candidate.name, "not local", candidate, error=not_local_error(candidate))
    return None
