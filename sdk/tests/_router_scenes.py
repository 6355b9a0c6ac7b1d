"""The worlds that the router and its model play: providers, calls, and what is seen of them."""

from dataclasses import dataclass

GONE = "ProviderModelNotFoundError"
TIMED_OUT = "ProviderTimeoutError"
MOVES_ON = (
    "ProviderAuthError",
    "ProviderPermissionError",
    "ProviderUnavailableError",
    TIMED_OUT,
    "ProviderOverloadedError",
    "ProviderRateLimitError",
    "ProviderQuotaError",
)
"""What the next candidate may do better."""

STAYS = (
    "ProviderRequestError",
    "ContextLengthError",
    "BudgetExceededError",
    "ProviderResponseError",
)
"""After what nobody else is asked."""


@dataclass(frozen=True)
class Outcome:
    """What a provider does with one request.

    Attributes:
        kind: ``"answers"``, ``"is silent"``, or the class of the error that it raises.
        after: seconds until then.
        retry_after: seconds that the error asks to wait.
        breaks: whether a stream ends in the middle of its answer.
        rest: seconds from the first event of a stream to its last.
    """

    kind: str = "answers"
    after: float = 0.0
    retry_after: float | None = None
    breaks: bool = False
    rest: float = 0.0


@dataclass(frozen=True)
class Fake:
    """A provider.

    Attributes:
        script: what it does with its requests; repeated.
        can: its capabilities.
        local: whether its class says that it is local.
        is_near: whether its address is on the user's own machines.
        obeys: whether it looks at the time that it is given.
        credential: whether it needs one.
    """

    name: str
    script: tuple[Outcome, ...] = (Outcome(),)
    can: frozenset[str] = frozenset({"streaming", "tools"})
    local: bool = False
    is_near: bool = False
    obeys: bool = True
    credential: bool = False

    @property
    def model(self) -> str:
        """Its default model."""
        return f"{self.name}-default"

    @property
    def is_local(self) -> bool:
        """Whether what it is sent stays on the user's own machines."""
        return self.local and self.is_near


@dataclass(frozen=True)
class Call:
    """A call, made ``at`` seconds after the beginning of its round."""

    at: float = 0.0
    needs: frozenset[str] = frozenset()
    provider: str | None = None
    model: str | None = None
    task: str = "agent"
    timeout: float | None = None
    cancelled_after: float | None = None


@dataclass(frozen=True)
class Round:
    """Calls that are made at the same time.

    Attributes:
        calls: the calls.
        pause: seconds after the end of the round before.
        credentials: who has one.
        variables: the provider and the model that the environment names for the task ``coding``.
    """

    calls: tuple[Call, ...] = (Call(),)
    pause: float = 0.0
    credentials: frozenset[str] = frozenset()
    variables: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True)
class World:
    """The providers of the chain, and the calls."""

    chain: tuple[Fake, ...]
    rounds: tuple[Round, ...]
    local_only: bool = False


@dataclass(frozen=True)
class Tried:
    """An attempt; a candidate that was skipped has neither model nor error here."""

    provider: str
    outcome: str
    model: str = ""
    error: str | None = None


@dataclass(frozen=True)
class Ending:
    """How a call ended.

    Attributes:
        number: which call.
        at: when.
        how: ``"answered"``, ``"cancelled"``, or the class of an error.
        provider: who answered, or whose error it is.
        attempts: what became of the candidates.
        leaves: whether a warning says that the call left the user's own machines.
    """

    number: int
    at: float
    how: str
    provider: str | None = None
    attempts: tuple[Tried, ...] = ()
    leaves: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that a provider received, and the seconds that it was given."""

    at: float
    number: int
    provider: str
    model: str
    seconds: float


@dataclass(frozen=True)
class Cooled:
    """A cool-down as the router announces it."""

    at: float
    provider: str
    seconds: float
