"""``ollama-cli logout``: remove the stored key of a provider."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import click
from provider_sdk import PROVIDER_REGISTRY, RegistryError

from ollama_cli.choosing.importing import importing
from ollama_cli.choosing.known_providers import KnownProviders
from ollama_cli.choosing.routing import load_settings
from ollama_cli.command_line import options
from ollama_cli.keys.stored import StoredKey, remove, stored_keys
from ollama_cli.terminal.output import warn, write, write_json


@click.command("logout")
@click.argument("words", nargs=-1, metavar="PROVIDER", shell_complete=options.known_providers)
@click.option("--all", "everything", is_flag=True, help="Remove the keys of all providers.")
@options.with_options(options.output_format)
def command(words: tuple[str, ...], everything: bool, output_format: str) -> None:
    """Remove the stored key of a provider.

    All keys of it are removed, for whatever addresses they are. Variables stay as they are. To make
    a key useless, also revoke it where you made it.
    """
    if len(words) + everything != 1:
        raise click.UsageError("name one provider, or use --all")
    name = None if everything else words[0]
    removed = remove(name)
    if name is not None and not removed:
        _require_known(name, output_format)
    for variable in _variables_of(name, removed):
        warn(f"the environment variable {variable} is set, and is still used", output_format)
    if output_format == "text":
        write("".join(f"{line}\n" for line in _lines(name, removed)))
    else:
        write_json({"removed": [_fields(each) for each in removed]})


def _require_known(name: str, output_format: str) -> None:
    """Raise ``click.UsageError`` for a name that means nothing; it is not repeated."""
    known = KnownProviders(load_settings(output_format).values)
    if name not in known:
        stored = sorted({each.provider for each in stored_keys()})
        raise click.UsageError(
            "no provider has the name that you typed, and no key is stored for it; keys are stored "
            f"for {', '.join(stored) or 'nobody'}"
        )


def _variables_of(name: str | None, removed: Sequence[StoredKey]) -> Iterator[str]:
    for provider in sorted({each.provider for each in removed} | ({name} if name else set())):
        try:
            with importing():
                factory = PROVIDER_REGISTRY[provider]
        except RegistryError:
            continue  # it is not installed any more, or is one of the settings
        for variable in getattr(factory, "api_key_env", ()):
            if os.environ.get(variable, "").strip():
                yield variable


def _lines(name: str | None, removed: Sequence[StoredKey]) -> Iterator[str]:
    for each in removed:
        yield f"The key of {each.provider} for {' and '.join(each.addresses)} is removed."
    if not removed:
        yield f"No key of {name} is stored." if name else "No key is stored."


def _fields(removed: StoredKey) -> dict[str, object]:
    return {
        "provider": removed.provider,
        "addresses": list(removed.addresses),
        "stored_in": removed.place,
    }
