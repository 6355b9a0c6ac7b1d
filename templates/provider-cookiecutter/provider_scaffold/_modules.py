"""The names that the baked modules bind: the provider class must not have one of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jinja2 import Environment, FileSystemLoader

from provider_scaffold._checkout import TEMPLATE

# No real answer may begin with an underscore, so these and names made of them cannot clash.
_ANSWERS = {
    "provider_name": "_name",
    "package_name": "_package",
    "class_name": "_Provider",
    "distribution_name": "_distribution",
    "credential_variable": "_KEY",
    "base_url": "_url",
    "default_model": "_model",
    "capabilities": "",
}


def bound_names(environment: Environment, protocol: str, credential: str) -> set[str]:
    """Return the names that the modules of a bake import or define besides its own classes."""
    (project,) = TEMPLATE.glob("{{*}}")
    loader = FileSystemLoader([TEMPLATE / "templates", project])
    own = environment.overlay(loader=loader)
    answers = {**_ANSWERS, "protocol": protocol, "credential": credential}
    names: set[str] = set()
    for file in project.rglob("*.py"):
        template = own.get_template(file.relative_to(project).as_posix())
        names.update(_bound(template.render(cookiecutter=answers)))
    return names


def _bound(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (name.asname or name.name for name in names)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.Assign() | ast.AnnAssign():
                yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name))
