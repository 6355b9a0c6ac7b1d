"""Mutants that OPTIONS must kill."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from provider_sdk import OPTION_NAMES

from provider_conformance.wires import OpenAIWire
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable

Asked = tuple[Any, str | None, bool, dict[str, Any]]


class Optioning(Mutable):
    """Sends other options than it was given."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        raise NotImplementedError

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        return messages, model, stream, self.optioned(options)


def without(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the options but those of these names."""
    return {name: value for name, value in options.items() if name not in names}


class _WireWithoutSampling(OpenAIWire):
    """The reference's protocol, from a service that rejects a temperature."""

    def __init__(self) -> None:
        super().__init__()
        self.traits = replace(self.traits, forbidden=frozenset({"temperature"}))


@mutant("PC-OPTIONS-001", "temperature in the request")
class DropsTemperature(Optioning):
    """Does not send the temperature."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return without(options, "temperature")


@mutant("PC-OPTIONS-001", "temperature in the request: to be left", wire=_WireWithoutSampling())
class SendsForbiddenOption(Mutable):
    """Sends a temperature to a service that rejects it."""


@mutant("PC-OPTIONS-001", "response.warnings: to tell", wire=_WireWithoutSampling())
class DropsForbiddenOptionSilently(Optioning):
    """Drops a forbidden temperature without a word."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return without(options, "temperature")


@mutant("PC-OPTIONS-002", "top_p in the request")
class RenamesTopP(Optioning):
    """Sends top_p by a name that the service ignores."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        if "top_p" not in options:
            return options
        return without(options, "top_p") | {"extra_body": {"topP": options["top_p"]}}


@mutant("PC-OPTIONS-003", "max_tokens in the request")
class ClampsMaxTokens(Optioning):
    """Knows better how long an answer may be."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        if not options.get("max_tokens"):
            return options
        return options | {"max_tokens": min(options["max_tokens"], 4096)}


@mutant("PC-OPTIONS-004", "stop in the request")
class SendsFirstStop(Optioning):
    """Sends the first of several stop texts."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return options | {"stop": options["stop"][:1]} if options.get("stop") else options


@mutant("PC-OPTIONS-005", "stop in the request")
class SpellsStop(Optioning):
    """Makes a stop text of each letter."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return options | {"stop": list(options["stop"])} if options.get("stop") else options


@mutant("PC-OPTIONS-006", "seed in the request")
class DropsSeed(Optioning):
    """Claims seeds and does not send them."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return without(options, "seed")


@mutant("PC-OPTIONS-009", "reasoning_effort in the request")
class ThinksAlwaysMedium(Optioning):
    """Sends one effort whatever was given."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return (
            options | {"reasoning_effort": "medium"} if "reasoning_effort" in options else options
        )


@mutant("PC-OPTIONS-010", "options in a request that was given none")
class HasOwnDefaults(Optioning):
    """Sends a temperature of its own when none was given."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return {"temperature": 0.7, **options}


@mutant("PC-OPTIONS-011", "options in a request that was given None")
class SendsNull(Optioning):
    """Sends null for an option that is None."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        unset = {name: None for name in ("temperature", "top_p") if name in options}
        return options | {"extra_body": unset} if None in options.values() else options


@mutant("PC-OPTIONS-012", "the end of a call with timeout=0.3")
class IgnoresTimeoutOption(Optioning):
    """Waits as long as the provider's own timeout says."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return without(options, "timeout")


@mutant("PC-OPTIONS-012", "a later call without timeout")
class KeepsTimeout(Optioning):
    """Uses the timeout of one call for all further ones."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        self.timeout = options.get("timeout") or self.timeout
        return options


@mutant("PC-OPTIONS-013", "the header X-Kit-")
class DropsExtraHeaders(Optioning):
    """Sends its own headers only."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return without(options, "extra_headers")


@mutant("PC-OPTIONS-014", "the field x_")
class DropsExtraBody(Optioning):
    """Sends its own fields only."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return without(options, "extra_body")


@mutant("PC-OPTIONS-015", "chat() with an unknown option: to raise TypeError")
class SwallowsOptions(Optioning):
    """Accepts any option and sends those that it knows."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return {name: value for name, value in options.items() if name in OPTION_NAMES}


@mutant("PC-OPTIONS-015", "the error of chat(): to name")
class NamesNoOption(Optioning):
    """Says that an option is wrong and not which was meant."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        if unknown := options.keys() - OPTION_NAMES:
            raise TypeError(f"chat() got unexpected keywords: {', '.join(unknown)}")
        return options


@mutant("PC-OPTIONS-016", "options of the request for a stream")
class StreamsWithoutOptions(Mutable):
    """Forgets the options on the way to a stream."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        return messages, model, stream, {} if stream else options


@mutant("PC-OPTIONS-020", "options of the request of complete()")
class CompletesWithoutOptions(Mutable):
    """Takes options for complete() and does not send them."""

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Answer a prompt."""
        return await super().complete(prompt, model)


@mutant("PC-OPTIONS-017", "options in the request of the next call")
class RemembersOptions(Optioning):
    """Sends the options of earlier calls again."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._options: dict[str, Any] = {}

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        self._options |= options
        return self._options


@mutant("PC-OPTIONS-017", "other options in the request of a later call")
class KeepsFirstTools(Optioning):
    """Offers the tools of its first call in all later calls that have tools."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._tools: Any = None

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        self._tools = self._tools or options.get("tools")
        return options | {"tools": self._tools} if options.get("tools") else options


@mutant("PC-OPTIONS-018", "the caller's options after a call")
class TightensToolsInPlace(Optioning):
    """Writes into the tools that it was given."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        for tool in options.get("tools") or ():
            tool["function"]["strict"] = True
        return options


@mutant("PC-OPTIONS-019", "zeros in the request")
class TakesZeroForNone(Optioning):
    """Sends the options that are true."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return {name: value for name, value in options.items() if value}


@mutant("PC-OPTIONS-004", "stop in the request")
class SendsFourStops(Optioning):
    """Sends as many stop texts as OpenAI takes."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        stop = options.get("stop")
        return options | {"stop": stop[:4]} if isinstance(stop, list) else options


@mutant("PC-OPTIONS-006", "seed in the request")
class CutsSeeds(Optioning):
    """Keeps the last 31 bits of a seed."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        seed = options.get("seed")
        return options | {"seed": seed & 0x7FFFFFFF} if isinstance(seed, int) else options


@mutant("PC-OPTIONS-014", "the field model")
class InsistsOnModel(Optioning):
    """Sends its model in place of the one in the caller's own fields."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        extra = options.get("extra_body")
        return options | {"extra_body": without(extra, "model")} if extra else options
