"""The reference of ``provider-conformance``: one page per command, from the command itself."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from tools.site.page import Page
from tools.site.reference import argparse_help
from tools.site.reference.argparse_help import PROGRAM
from tools.site.reference.markdown import code, page, prose, table

FOLDER = "reference/provider-conformance"


def pages() -> Iterable[Page]:
    """Yield the index, then a page per command."""
    found = list(argparse_help.modules())
    yield Page(f"{FOLDER}/index.md", _index(found))
    for name, module in found:
        yield Page(f"{FOLDER}/{name}.md", _command(name, module))


def _index(found: list[tuple[str, ModuleType]]) -> str:
    return page(
        f"# Commands of {PROGRAM}",
        "What the kit's command takes, as the command itself says it; "
        "[the kit's guide](../../conformance/index.md) says what for.",
        table(
            ("command", "what it does"),
            ((f"[{code(name)}]({name}.md)", prose(module.HELP)) for name, module in found),
        ),
        "`--version` shows the version, and `-h` or `--help` the help, of each command too. "
        "The exit codes are on [their page](../exit-codes.md#provider-conformance).",
    )


def _command(name: str, module: ModuleType) -> str:
    parser = argparse_help.parser_of(name, module)
    return page(
        f"# {PROGRAM} {name}",
        argparse_help.description(module),
        argparse_help.usage(parser),
        argparse_help.arguments(parser),
        argparse_help.options(parser),
        "## What it does, and its exit code",
        argparse_help.ending(module),
        "2 means wrong arguments, or a file that cannot be used: [exit codes](../exit-codes.md).",
    )
