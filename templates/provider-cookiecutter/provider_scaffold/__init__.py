"""Python code that the template uses: it checks answers, escapes text and reads the checkout.

It runs inside cookiecutter, where none of the checkout's packages is installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cookiecutter.exceptions import FailedHookException  # type: ignore[import-untyped]
from jinja2 import Environment, pass_environment
from jinja2.ext import Extension

from provider_scaffold import _text
from provider_scaffold._answers import capabilities_in, problem
from provider_scaffold._checkout import BUILT, TEMPLATE, is_member, wheel_name
from provider_scaffold._modules import bound_names
from provider_scaffold._protocols import PROTOCOLS

_FILTERS = {
    "camel": _text.camel,
    "identifier": _text.identifier,
    "markdown": _text.markdown,
    "quoted": _text.quoted,
    "variable": _text.variable,
    "base_path": lambda protocol: PROTOCOLS[protocol].base_path,
    "usual_capabilities": lambda protocol: ", ".join(
        capabilities_in(",".join(PROTOCOLS[protocol].capabilities))
    ),
    "capabilities": capabilities_in,
}


class Scaffold(Extension):
    """The filters and globals of the template."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(_FILTERS, checked=_checked)
        environment.globals.update(
            imports=_text.imports,
            is_member=is_member,
            protocols=PROTOCOLS,
            template=str(TEMPLATE),
            wheel=wheel_name,
            wheels=BUILT,
        )
        self._own = tuple(_own_sources())

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Refuse an answer that contains template syntax: cookiecutter would render it."""
        if name is None and _text.has_braces(source) and not source.endswith(self._own):
            raise FailedHookException(
                f"the answer {_text.shown(source)} holds {{{{, {{% or {{#, which cookiecutter "
                "would interpret; leave them out."
            )
        return source


@pass_environment
def _checked(environment: Environment, answers: Mapping[str, Any]) -> str:
    bound = bound_names(environment, answers["protocol"], answers["credential"])
    # cookiecutter prints this error alone, without a traceback; nothing has been written yet.
    if found := problem(answers, bound):
        raise FailedHookException(found)
    return "yes"


def _own_sources() -> Iterator[str]:
    """Yield the other texts that cookiecutter renders: file names, defaults and the hook."""
    (project,) = TEMPLATE.glob("{{*}}")
    names = (path.relative_to(project).as_posix() for path in project.rglob("*"))
    yield from (project.name, *filter(_text.has_braces, names))
    yield from (hook.read_text(encoding="utf-8") for hook in TEMPLATE.glob("hooks/*.py"))
    settings = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    texts = (value for value in settings.values() if isinstance(value, str))
    yield from filter(_text.has_braces, texts)
