"""What the author of a provider tells the kit: the provider, its wire, and how to build it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provider_sdk import BaseProvider

from provider_conformance._text import repr_of, text_of
from provider_conformance.wires import Traits, Wire

ProviderFactory = Callable[..., BaseProvider]
"""A provider class, or a function that makes a provider from the same keyword arguments."""

_FIELD_TYPES: Mapping[str, tuple[Any, str]] = {
    "wire": (Wire, "an instance of a wire"),
    "model": (str, "a model id"),
    "keywords": (Mapping, "a mapping"),
    "environment": (Mapping, "a mapping"),
    "deviations": (Path | None, "a Path"),
    "cassettes": (Path | None, "a Path"),
    "shapes": (Path | None, "a Path"),
    "limits": (Path | None, "a Path"),
}

_CONTRACTED = frozenset(
    {"api_key", "base_url", "default_model", "http_client", "max_retries", "timeout"}
)
"""Constructor arguments of the contract, which checks set as they need."""


@dataclass(frozen=True)
class Harness:
    """A provider, and the wire by which the scripted service speaks to it.

    Attributes:
        provider: the provider's class, or a factory that has the class's attributes.
        wire: the protocol of the service.
        model: a model id that the provider accepts.
        keywords: further constructor arguments, but none of the contract's; ``{address}`` in a
            string is replaced by the service's address (``http://host:port``).
        environment: environment variables that point a program at the service, with the
            placeholders ``{address}``, ``{base_url}`` and ``{credential}``. ``provider-conformance
            serve`` sets them, and so do the checks that arguments win over the environment. If
            empty, they are derived from the class's ``api_key_env`` and ``base_url_env``.
        deviations: the file of accepted failures.
        cassettes: the folder of recorded exchanges.
        shapes: the file of the service's shapes, which ``provider-conformance wire`` writes, for
            a project that cannot keep cassettes.
        limits: the file that says why the protocol cannot say what the wire gives up.
        neighbours: files that the harness imported from its own folder. Set by the command.
        target: the command line's name for this harness, ``file.py`` or ``module:NAME``; empty
            if it is the provider's name. Set by the command.
    """

    provider: ProviderFactory
    wire: Wire
    model: str = "conformance/model-1"
    keywords: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    deviations: Path | None = None
    cassettes: Path | None = None
    neighbours: Sequence[Path] = ()
    target: str = ""
    shapes: Path | None = None
    limits: Path | None = None

    def __post_init__(self) -> None:
        """Raise ``TypeError`` for a wrong type, and ``ValueError`` for a masked default."""
        if not callable(self.provider):
            raise TypeError(f"provider must be a class or a factory, not {repr_of(self.provider)}")
        for name, (kind, description) in _FIELD_TYPES.items():
            if not isinstance(value := getattr(self, name), kind):
                raise TypeError(f"{name} must be {description}, not {repr_of(value)}")
        if not isinstance(traits := self.wire.traits, Traits):
            raise TypeError(f"the wire's traits must be Traits(…), not {repr_of(traits)}")
        if masking := sorted(_CONTRACTED.intersection(self.keywords)):
            raise ValueError(
                f"keywords must not set {', '.join(masking)}: users get the class's own defaults, "
                "so those are what the kit checks; set them in the class"
            )

    @property
    def name(self) -> str:
        """The provider's name."""
        name = getattr(self.provider, "name", getattr(self.provider, "__name__", "provider"))
        return text_of(name)

    @property
    def credential_rule(self) -> str:
        """The provider's credential rule."""
        return str(declared(self.provider, "credential"))

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities that the provider declares."""
        return frozenset(declared(self.provider, "capabilities"))

    @property
    def capability_words(self) -> list[str]:
        """The same for a report, sorted; empty if the class does not declare a set of texts."""
        # The class may declare what cannot even be read, by code of its own. Checks of it are
        # red then, and the report that says so must still be written.
        try:
            return sorted(map(str.__str__, self.capabilities))
        except Exception:  # noqa: BLE001 - a check tells what is wrong
            return []

    def build(self, address: str, config: Mapping[str, Any]) -> BaseProvider:
        """Return a provider that talks to the service at ``address``."""
        return self.provider(**{**self.config(address), **config})

    def config(self, address: str) -> dict[str, Any]:
        """Return constructor arguments for a service at ``address``, without a credential."""
        keywords = {
            name: value.replace("{address}", address) if isinstance(value, str) else value
            for name, value in self.keywords.items()
        }
        return {"base_url": address + self.wire.base_path, **keywords}

    def variables(self, address: str, credential: str) -> dict[str, str]:
        """Return environment variables that point a program at the service at ``address``."""
        values = {
            "{address}": address,
            "{base_url}": address + self.wire.base_path,
            "{credential}": credential,
        }
        filled = dict(self.environment or self._default_variables())
        for name, text in filled.items():
            for placeholder, value in values.items():
                text = text.replace(placeholder, value)
            filled[name] = text
        return filled

    def _default_variables(self) -> dict[str, str]:
        variables = dict.fromkeys(declared(self.provider, "api_key_env")[:1], "{credential}")
        if address := declared(self.provider, "base_url_env"):
            variables[address] = "{base_url}"
        return variables


def declared(provider: ProviderFactory, attribute: str) -> Any:
    """Return a class attribute of a provider.

    For a factory that does not have it: the default that ``BaseProvider`` gives every class.
    """
    return getattr(provider, attribute, getattr(BaseProvider, attribute))
