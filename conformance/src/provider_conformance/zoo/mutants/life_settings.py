"""Mutants that LIFE must kill for the settings that they accept."""

from __future__ import annotations

from typing import Any

from provider_sdk import ProviderRequestError

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


@mutant("PC-LIFE-060", "the constructor with {'timeout': -1}: to raise ValueError")
class MendsTimes(Mutable):
    """Takes a time that cannot be for none."""

    def __init__(self, **config: Any) -> None:
        try:
            super().__init__(**config)
        except ValueError:
            super().__init__(**{n: v for n, v in config.items() if n != "timeout"})


@mutant("PC-LIFE-060", "the constructor with {'no_such_setting': 1}: to raise ValueError")
class TakesAnySetting(Mutable):
    """Ignores keywords that it does not know."""

    def __init__(self, *, no_such_setting: object = None, **config: Any) -> None:
        super().__init__(**config)


@mutant("PC-LIFE-061", "=not an address: to raise ProviderRequestError")
class BlamesTheArgument(Mutable):
    """Complains of a variable as if it were an argument."""

    def __init__(self, **config: Any) -> None:
        failure = ""
        try:
            super().__init__(**config)
        except ProviderRequestError as error:
            failure = error.message
        if failure:
            raise ValueError(failure)


@mutant("PC-LIFE-061", "=not an address: to name REFERENCE_BASE_URL")
class NamesNoVariable(Mutable):
    """Says that an address is wrong, and not where it comes from."""

    def __init__(self, **config: Any) -> None:
        failed = False
        try:
            super().__init__(**config)
        except ProviderRequestError:
            failed = True
        if failed:
            raise ProviderRequestError("the address makes no sense", hint="Correct it.")
