"""The messages that users can see, found in the code that says them."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import click
from ollama_cli.command_line.exit_codes import exit_code
from ollama_cli.processes.streams import OutputError
from provider_conformance.__main__ import UNUSABLE
from provider_sdk import ProviderError

from tools.site.reference.definitions import Function, called
from tools.site.reference.sources import Source, sources
from tools.site.reference.templates import Texts

KIT = "provider_conformance"
WARNING, HINT, PART = "warning", "hint", "part"
_WARNED = {"warn", "print_err", "complain"}
_ERROR = re.compile(r"[A-Z]\w*(?:Error|Exception|Parameter|Option)")
_SAYS_WHY = re.compile(r"problem|why|reason|note|message_of")
_HINTS = re.compile(r"hints?$", re.IGNORECASE)
_NO_MESSAGES = {
    "option", "argument", "command", "group", "add_argument", "help", "section", "compile",
    "search", "execute", "write", "say", "rows", "startswith", "endswith",
}  # fmt: skip
"""What takes texts that are help, patterns, SQL or results."""
_WORDS = 4
_TO_MODELS = re.compile(
    r"ollama_cli\.(?:conversation\.(?:blocks|extract)|completion|hooks\.samples)\b"
)
"""Modules whose texts are for models, shells and hooks that are tried."""
_CONSTANT = re.compile(r"(?!.*HELP)_[A-Z_]+")
_ADDED = re.compile(r"(?:notes|warnings|problems|reasons)\.append$")
_NO_SENTENCE = re.compile(
    r"\\|\(\?|[|]|\{\d|^[A-Z]{3,} |\n|^https?:|^\W*[\w.-]+ [\w.-]+$|^[^.,;:]{100,}$|\w\._\w"
)
"""What tells patterns, SQL, addresses, pairs and lists of words from sentences."""
_TEXT = re.compile(r"[^\W\d]{2,}")
_JUDGED = re.compile(rf"{KIT}\.(?:checks|lab|coverage|shapes|wires|drivers)\b")
"""Modules of the kit that judge providers: what they find is on the pages of the checks."""


class Message(NamedTuple):
    """A message.

    Attributes:
        text: as a template.
        hints: what to do, as templates; those that the same code adds.
        kind: the name of the error's class, ``WARNING``, ``HINT``, or ``PART`` of a message.
        code: the exit code of a command that ends with it; ``None`` if it does not end one.
        source: the nearest public module.
    """

    text: str
    hints: tuple[str, ...]
    kind: str
    code: int | None
    source: str


@cache
def messages() -> tuple[Message, ...]:
    """Return all messages, each once per kind, in the order of their texts."""
    found: dict[tuple[str, str], Message] = {}
    for package in sorted({each.package for each in sources()}):
        own = [each for each in sources() if each.package == package]
        texts = Texts({each.module: each.tree for each in own})
        for source in own:
            if _JUDGED.match(source.module) or _TO_MODELS.match(source.module):
                continue
            for message in _Reader(source, texts).messages():
                if _is_message(message):
                    found.setdefault((message.kind, message.text), message)
    whole = {text for kind, text in found if kind not in (PART, HINT)}
    kept = [each for each in found.values() if each.kind != PART or each.text not in whole]
    return tuple(sorted(kept, key=lambda each: each.text.lower().lstrip("{'")))


def _is_message(message: Message) -> bool:
    """Whether it says something; a reason or a hint is more than one word."""
    if not _TEXT.search(message.text) or message.text.startswith((";", "(", "<", ". ")):
        return False
    if message.kind == HINT:
        return " " in message.text
    return message.kind != PART or (not _NO_SENTENCE.search(message.text) and " " in message.text)


def pattern(template: str) -> re.Pattern[str]:
    """Return what matches the texts that a template can become."""
    parts = re.split(r"\{[^}]*\}", template)
    return re.compile(".*".join(map(re.escape, parts)), re.DOTALL)


def _parts(value: ast.AST | None) -> Iterator[ast.AST]:
    """Yield a value, or what a table of texts has in it."""
    if isinstance(value, ast.Tuple | ast.List):
        for part in value.elts:
            yield from _parts(part)
    elif isinstance(value, ast.Dict):
        for part in value.values:
            yield from _parts(part)
    elif value is not None:
        yield value


def _sentences(values: Iterable[ast.expr | None]) -> list[ast.expr | None]:
    """Return those of some expressions that are texts of several words."""
    texts = (each for each in values if isinstance(each, ast.JoinedStr | ast.Constant))
    return [each for each in texts if len(ast.unparse(each).split()) >= _WORDS]


def _kind_of(name: str) -> str:
    """Return the kind of texts that a function returns, or a name holds; ``""`` for none."""
    if _HINTS.search(name):
        return HINT
    return PART if _SAYS_WHY.search(name) or _CONSTANT.fullmatch(name) else ""


class _Reader:
    """Reads the messages of one module."""

    def __init__(self, source: Source, texts: Texts) -> None:
        self._source = source
        self._texts = texts

    def messages(self) -> Iterator[Message]:
        """Yield them."""
        yield from self._within(self._source.tree, [self._source.tree], "")

    def _within(self, node: ast.AST, scope: list[ast.AST], owner: str) -> Iterator[Message]:
        if isinstance(node, ast.ClassDef):
            owner = node.name
        elif isinstance(node, Function):
            scope = [node, *scope]
            found = (each for each in ast.walk(node) if isinstance(each, ast.Return | ast.Yield))
            values = [each.value for each in found]
            kind = _kind_of(node.name)
            yield from self._all(values if kind else _sentences(values), kind or PART, scope)
        elif isinstance(node, ast.Call):
            yield from self._of_call(node, scope, owner)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for kind in filter(None, map(_kind_of, map(ast.unparse, targets))):
                yield from self._all([node.value], kind, scope)
        for child in ast.iter_child_nodes(node):
            yield from self._within(child, scope, owner)

    def _all(
        self, values: Iterable[ast.expr | None], kind: str, scope: list[ast.AST]
    ) -> Iterator[Message]:
        for value in (part for each in values for part in _parts(each)):
            for text in self._texts.of(value, scope):
                yield Message(text.strip(), (), kind, None, self._source.shown)

    def _of_call(self, call: ast.Call, scope: list[ast.AST], owner: str) -> Iterator[Message]:
        name = called(call)
        hints = [each.value for each in call.keywords if each.arg == "hint"]
        if name in _WARNED or _ADDED.search(ast.unparse(call.func)):
            yield from self._all(call.args[:1], WARNING, scope)
        elif name == "__init__" and _ERROR.fullmatch(owner) and "super()" in ast.unparse(call):
            yield from self._errors(call, owner, hints, scope)
        elif _ERROR.fullmatch(name):
            yield from self._errors(call, name, hints, scope)
        else:
            yield from self._all(hints, HINT, scope)
            if name not in _NO_MESSAGES:
                yield from self._all(_sentences(call.args), PART, scope)

    def _errors(
        self, call: ast.Call, kind: str, hints: list[ast.expr], scope: list[ast.AST]
    ) -> Iterator[Message]:
        found = tuple(text for hint in hints for text in self._texts.of(hint, scope))
        code = self._exit_code(kind)
        for value in call.args:
            for text in self._texts.of(value, scope):
                yield Message(text.strip(), found, kind, code, self._source.shown)

    def _exit_code(self, name: str) -> int | None:
        found = getattr(importlib.import_module(self._source.module), name, None)
        kind = found or getattr(click, name, None) or getattr(builtins, name, None)
        if not isinstance(kind, type):
            return None
        if self._source.package == KIT:
            return 2 if issubclass(kind, UNUSABLE) else None
        if issubclass(kind, (ProviderError, click.ClickException, OutputError)):
            return exit_code(kind.__new__(kind))
        return None
