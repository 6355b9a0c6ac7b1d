"""What a failure is about that any check can meet, so that its message speaks of that.

A check that meets a leak, a hang, a stray exception or a fault of the wire says nothing about its
own rule. The message then states the rule that was broken, what to mend, and the check for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from provider_sdk import ProviderError

from provider_conformance._service import NO_SUCH_PATH, UNKNOWN_CREDENTIAL, UNREADABLE_REQUEST
from provider_conformance._text import text_of
from provider_conformance.lab._failed import Failed


@dataclass(frozen=True, slots=True)
class Subject:
    """What a failure is about.

    Attributes:
        rule: the rule that was broken.
        fix: what to mend.
        check: the id of the check for that rule; empty if there is none.
        guide: what ``provider-conformance docs`` prints about it, if anything.
    """

    rule: str
    fix: str
    check: str = ""
    guide: str = ""

    @property
    def more(self) -> str:
        """The arguments of ``provider-conformance`` that tell more; empty if none do."""
        if self.guide:
            return f"docs {self.guide}"
        return f"explain {self.check}" if self.check else ""


ENDS_PROCESS = Subject(
    "A provider leaves its process and its signals alone, and raises nothing but Exceptions.",
    "Raise a ProviderError and let the caller decide; call no exit and send no signal.",
)
HANGS = Subject(
    "Every call ends: by its answer, by an error, or at its timeout.",
    "Bound every wait, for example with asyncio.timeout; do not block or spin.",
    "PC-TIMEOUT-001",
)
CANCELS = Subject(
    "A provider cancels only the tasks that it started.",
    "Do not cancel the task that called, and raise CancelledError only if you were cancelled.",
    "PC-LIFE-013",
)
STRAY = Subject(
    "Nothing but ProviderError leaves a call.",
    "Mend the code at the place above; what the service or the network causes, raise as a "
    "ProviderError.",
    "PC-ERROR-024",
)
UNEXPECTED = Subject(
    "A call that the service answers well raises nothing.",
    "See above what was sent and what came back: mend the request, or how the reply is read.",
    "PC-CHAT-001",
)
PLAIN = Subject(
    "A plain exchange succeeds; only then can a check try what is to fail.",
    "Mend the plain exchange first; this check says nothing until then.",
    "PC-CHAT-001",
)
KIT = Subject(
    "The kit makes no mistakes of its own.",
    "This is not the provider's fault: please report it, with this message.",
)
WIRE = Subject(
    "A wire is free of faults and returns what the guide says; only then do checks mean anything.",
    "Mend the wire at the place above; this says nothing about the provider.",
    guide="wire",
)

_REFUSED = {
    NO_SUCH_PATH: Subject(
        "Requests go to the paths that the service has.",
        "Compare the path above with the protocol's: with the provider's base_url, the wire's "
        "base_path, and the path in the request.",
        guide="dialect",
    ),
    UNKNOWN_CREDENTIAL: Subject(
        "Each request carries the credential, where the protocol wants it.",
        "Send it in the right header, by that header's rules; the wire says where it looks.",
        "PC-AUTH-002",
    ),
    UNREADABLE_REQUEST: Subject(
        "Requests are valid in the protocol.",
        "The reply above says what the wire could not read: mend the request, or the wire if the "
        "request is right.",
        guide="wire",
    ),
}

_LEAKS = {
    "repr(provider)": "PC-SECRET-001",
    "str(provider)": "PC-SECRET-001",
    "a pickled provider": "PC-SECRET-002",
    "a log record": "PC-SECRET-004",
    "what was printed": "PC-SECRET-004",
    "a warning": "PC-SECRET-004",
    "a URL": "PC-SECRET-005",
    "a request to another host": "PC-SECRET-014",
}
_ERRORS_DO_NOT_SHOW_IT = "PC-SECRET-003"


def leak_of(places: Sequence[str]) -> Subject:
    """Return what is to be said about a credential that shows in these places."""
    found = [place for place in places if place in _LEAKS]
    return Subject(
        "A credential shows nowhere, whatever a provider is made to do.",
        f"Keep the credential out of {', '.join(places)}; cut it out of whatever quotes a request "
        "or a reply.",
        _LEAKS[found[0]] if found else _ERRORS_DO_NOT_SHOW_IT,
    )


def undeclared(capability: str) -> Subject:
    """Return what is to be said about a call that had to be refused and was not."""
    return Subject(
        "A call that needs a capability which the provider does not declare raises "
        "UnsupportedCapabilityError before anything is sent.",
        f'Add "{capability}" to the class\'s capabilities if the provider can do it; else refuse '
        "the call.",
    )


def unexpected(error: BaseException) -> Subject:
    """Return what is to be said about an exception that had no reason to be raised."""
    if not isinstance(error, ProviderError):
        return STRAY
    said = text_of(error)
    return next((subject for words, subject in _REFUSED.items() if words in said), UNEXPECTED)


@contextmanager
def speaking_of(subject: Subject) -> Iterator[None]:
    """Make a failure in the block be about something, unless it is about something already."""
    try:
        yield
    except Failed as failure:
        failure.subject = failure.subject or subject
        raise
