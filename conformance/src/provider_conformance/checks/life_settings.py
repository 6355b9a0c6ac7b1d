"""LIFE, at its beginning: settings that make no sense are refused by the constructor."""

from __future__ import annotations

import os
from typing import Any

from provider_sdk import Health, ProviderRequestError

from provider_conformance._check import check
from provider_conformance._harness import declared
from provider_conformance.lab._exceptions import exception_line
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.health import must_not_raise

_NO_ADDRESS = ("not an address", "ftp://service.test", "https://service.test:99999")
_BAD_SETTINGS: tuple[dict[str, Any], ...] = (
    *({"base_url": text} for text in _NO_ADDRESS),
    *({"timeout": value} for value in (-1, 0, "soon", float("nan"))),
    *({"max_retries": value} for value in (-1, 1.5, "two")),
    {"default_model": 7},
    {"no_such_setting": 1},
)


@check("PC-LIFE-060")
async def bad_arguments_are_refused(lab: Lab) -> None:
    """An argument that makes no sense is refused by the constructor.

    Rule: A bad keyword of the constructor is a ValueError or a TypeError.
    Why: A setting that is dropped or guessed shows only when the service is slow, down or billed.
    How: Makes an exchange, then builds providers with unusable addresses, times, numbers of
    retries and models, and with a keyword that does not exist.
    Fix: Check the arguments in the constructor; take no **kwargs that you do not know.
    """
    await lab.must_succeed(lab.provider())
    for setting in _BAD_SETTINGS:
        what = f"the constructor with {setting}"
        try:
            lab.provider(**setting)
        except (TypeError, ValueError):
            continue
        except Exception as error:  # noqa: BLE001 - whatever a provider raises is the finding
            lab.errors.append(error)
            actual = exception_line(error)
        else:
            actual = "built a provider"
        raise Failed(what, "to raise ValueError or TypeError", actual)


@check("PC-LIFE-061")
async def bad_variables_are_named(lab: Lab) -> None:
    """An environment variable that makes no sense is an error that names it.

    Rule: A variable whose value makes no sense is a ProviderRequestError of the constructor that
    names the variable; probe() says the same, and never raises. Nothing is sent.
    Why: Nobody looks for the mistake in a shell's profile if the error names an argument.
    How: Makes an exchange, then sets base_url_env to addresses that cannot be used, and builds and
    probes providers without base_url. For a class that names no variable, there is nothing to test.
    Fix: Raise ProviderRequestError if the value came from the environment, with the name.
    """
    await lab.must_succeed(lab.provider())
    provider: Any = lab.harness.provider
    variable = declared(provider, "base_url_env")
    if not variable:
        return
    config = {**lab.config(), **lab.harness.config(lab.driver.address)}
    del config["base_url"]
    before = len(lab.service.exchanges)
    for value in _NO_ADDRESS:
        os.environ[variable] = value  # the runner restores the environment after each check
        what = f"the constructor with {variable}={value}"
        error = await lab.raises(ProviderRequestError, _built(lab, config), what)
        lab.true(f"the error of {what}", variable in str(error), f"to name {variable}", error)
        health: Health = await must_not_raise("probe()", provider.probe(**config))
        named = health.ok is False and variable in health.reason
        lab.true(f"probe() with {variable}={value}", named, f"to name {variable}", health)
    sent = len(lab.service.exchanges) - before
    lab.equal("requests to an address that cannot be used", 0, sent)


async def _built(lab: Lab, config: dict[str, Any]) -> object:
    provider = lab.harness.provider(**config)
    lab.providers.append(provider)
    return provider
