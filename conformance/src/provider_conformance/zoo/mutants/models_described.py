"""Mutants that MODELS must kill: descriptions that are lost, guessed or mixed up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import ModelInfo, ProviderAuthError, ProviderError

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo._router import RouterDialect, RouterWire
from provider_conformance.zoo.reference import Mutable


class _GuessesWindow(RouterDialect):
    def read_model(self, entry: Mapping[str, Any]) -> ModelInfo:
        model = super().read_model(entry)
        return replace(model, context_window=model.context_window or 8192)


@mutant("PC-MODELS-015", "context_window of a model", wire=RouterWire())
class GuessesWindow(Mutable):
    """Describes a small window when the service says none."""

    dialect: ClassVar[Any] = _GuessesWindow()


class _DropsZeros(RouterDialect):
    def read_model(self, entry: Mapping[str, Any]) -> ModelInfo:
        model = super().read_model(entry)
        return replace(model, input_price=model.input_price or None)


@mutant("PC-MODELS-017", "input_price of a model", wire=RouterWire())
class ForgetsThatItIsFree(Mutable):
    """Takes a price of zero for no price."""

    dialect: ClassVar[Any] = _DropsZeros()


class _CannotUnlessSaid(RouterDialect):
    def read_model(self, entry: Mapping[str, Any]) -> ModelInfo:
        model = super().read_model(entry)
        return replace(model, tools=bool(model.tools))


@mutant("PC-MODELS-015", "tools of a model", wire=RouterWire())
class CannotUnlessSaid(Mutable):
    """Describes a model as unable when the service says nothing."""

    dialect: ClassVar[Any] = _CannotUnlessSaid()


@mutant("PC-MODELS-017", "owned_by of a model")
class DescribesIdsOnly(Mutable):
    """Describes nothing but ids."""

    async def describe_models(self) -> list[ModelInfo]:
        """Describe less."""
        return [ModelInfo(model.id) for model in await super().describe_models()]


@mutant("PC-MODELS-016", "the ids of describe_models()")
class DescribesShortIds(Mutable):
    """Describes models by the last part of their ids."""

    async def list_models(self) -> list[str]:
        """List as it should."""
        return [model.id for model in await super().describe_models()]

    async def describe_models(self) -> list[ModelInfo]:
        """Describe under other ids."""
        models = await super().describe_models()
        return [replace(model, id=model.id.rpartition("/")[2]) for model in models]


@mutant("PC-MODELS-005", "describe_models() that fails with auth: to raise ProviderAuthError")
class DescribesNothingIfRejected(Mutable):
    """Describes nothing when the credential is rejected, and lists correctly."""

    async def list_models(self) -> list[str]:
        """List as it should."""
        return [model.id for model in await super().describe_models()]

    async def describe_models(self) -> list[ModelInfo]:
        """Describe, or shrug."""
        try:
            return await super().describe_models()
        except ProviderAuthError:
            return []


class _Untold(Mutable):
    async def describe_models(self) -> list[ModelInfo]:
        """Describe; errors tell less."""
        try:
            return await super().describe_models()
        except ProviderError as error:
            failure = self.less(error)
        raise failure

    def less(self, error: ProviderError) -> ProviderError:
        """Return an error that tells less."""
        raise NotImplementedError


@mutant("PC-MODELS-019", "the text of list_models() that fails: to hold")
class ListFails(_Untold):
    """Says of a list only that it failed."""

    def less(self, error: ProviderError) -> ProviderError:
        """Return the error with other words."""
        error.message = "the models cannot be listed"
        return error


@mutant("PC-MODELS-019", "error.request_id of list_models() that fails")
class ListForgetsId(_Untold):
    """Leaves the id of the exchange out of the errors of lists."""

    def less(self, error: ProviderError) -> ProviderError:
        """Return the error without the id."""
        error.request_id = None
        return error
