"""``ollama-cli login``: store the key of a provider."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

import click
from provider_sdk import (
    PROVIDER_REGISTRY,
    BaseProvider,
    Credential,
    CredentialRequest,
    Health,
    ProviderError,
    ProviderUnavailableError,
    check_health,
)

from ollama_cli.choosing.importing import importing
from ollama_cli.choosing.known_providers import KnownProviders
from ollama_cli.choosing.routing import (
    build,
    described,
    insecure_http,
    load_settings,
    make_router,
)
from ollama_cli.command_line import options
from ollama_cli.keys.choosing import KeyChooser
from ollama_cli.keys.reading import read_key
from ollama_cli.keys.stored import StoredKey, keys_file, store
from ollama_cli.processes.loop import run
from ollama_cli.settings.files import Settings
from ollama_cli.terminal.output import warn, write, write_json

_NOT_HERE = (
    "'login' takes the name of one provider, and asks for the key or reads it from standard input. "
    "A key on the command line could be seen by others; if there was one, make a new one"
)


@click.command("login")
@click.argument("words", nargs=-1, metavar="PROVIDER", shell_complete=options.known_providers)
@click.option("--no-check", is_flag=True, help="Do not ask the provider whether it takes the key.")
@options.with_options(options.output_format, options.timeout, options.insecure_http)
def command(
    words: tuple[str, ...], no_check: bool, output_format: str, timeout: float | None
) -> None:
    """Store the key of a provider.

    You are asked for it, or it is read from standard input: one line. The provider is asked
    whether it takes the key; what it does not take is not stored. The key is sent only to the
    address that the provider has now. It is stored in the system's keyring if the package
    'keyring' is installed, else in a file that only you can read.
    """
    if len(words) != 1:
        raise click.UsageError(_NOT_HERE)
    settings = load_settings(output_format)
    request = _request(words[0], settings)
    where = " and ".join(request.addresses)
    key = read_key(f"Key of {request.provider}, for {where} only: ", timeout)
    if not no_check:
        _check(request.provider, key, settings, timeout)
    stored, why_not = store(request.provider, request.addresses, key)
    if why_not is not None:
        warn(f"the key is not in the system keyring: {why_not}", output_format)
    if request.found is not None:
        warn(f"{request.found.source} comes first, as long as it is there", output_format)
    if output_format == "text":
        write(f"The key of {request.provider} is in {stored.source}. It is sent to {where} only.\n")
    else:
        write_json(_fields(stored, request, checked=not no_check))


def _request(name: str, settings: Settings) -> CredentialRequest:
    """Return where the provider would send its key.

    Raises:
        click.UsageError: it takes no key, or its address is not one to send a key to.
        RegistryError: it cannot be loaded.
    """
    known = KnownProviders(settings.values)
    make_router(settings)  # checks them
    if name not in known:
        # The name is not repeated: it may be the key.
        raise click.UsageError(
            f"no provider has the name that you typed; known are {', '.join(known)}"
        )
    seen: list[CredentialRequest] = []
    router = make_router(settings, choose_credential=partial(_stop, seen))
    try:
        with importing():
            made = build(router.make_provider, name, "the argument")
    except ProviderError:
        if not seen:
            raise
    else:
        run(made.aclose())
    if not seen or not _can_be_given(name):
        raise click.UsageError(_why_not(name, settings))
    request = seen[0]
    if problem := KeyChooser(insecure_http=insecure_http(settings)).problem_with(request):
        raise click.UsageError(problem)
    return request


def _stop(seen: list[CredentialRequest], request: CredentialRequest) -> NoReturn:
    """Note where the credential would go, and let nothing be built."""
    seen.append(request)
    raise ProviderError("this provider is not needed")


def _can_be_given(name: str) -> bool:
    """Whether a router can give a credential to the provider: it is made by a class."""
    return name not in PROVIDER_REGISTRY or isinstance(PROVIDER_REGISTRY[name], type)


def _why_not(name: str, settings: Settings) -> str:
    (found,) = (each for each in described(settings) if each.name == name)
    if found.credential_rule == "none":
        return f"the provider {name!r} takes no key"
    variables = " or ".join(found.api_key_env) or "a variable"
    return f"'login' cannot give {name!r} a key; set {variables} to it"


def _check(name: str, key: str, settings: Settings, timeout: float | None) -> None:
    """Ask the provider whether it takes the key.

    Raises:
        ProviderError: it does not, or it cannot be asked.
    """
    arguments: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
    chooser = KeyChooser(insecure_http=insecure_http(settings))
    given = Credential(key, "your input")
    router = make_router(
        settings, choose_credential=lambda request: chooser(replace(request, found=given))
    )
    with importing():
        provider = build(partial(router.make_provider, **arguments), name, "the argument")
    health = run(_health(provider))
    if health.ok:
        return
    failure = health.error
    if not isinstance(failure, ProviderError):
        failure = ProviderUnavailableError(health.reason, provider=name)
    failure.hint = f"{failure.hint or ''} The key is not stored; --no-check stores it.".strip()
    raise failure


async def _health(provider: BaseProvider) -> Health:
    async with provider:
        return await check_health(provider)


def _fields(stored: StoredKey, request: CredentialRequest, *, checked: bool) -> dict[str, Any]:
    return {
        "provider": stored.provider,
        "addresses": list(stored.addresses),
        "stored_in": stored.place,
        "path": str(keys_file()) if stored.place == "file" else None,
        "checked": checked,
        "used_instead": request.found and request.found.source,
    }
