"""The settings of a router: checked once, then never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from provider_sdk._routing.config import check_config, require_name
from provider_sdk._validation import all_are, did_you_mean, is_mapping, is_text, safe_repr

TASKS = ("coding", "agent", "subagent")
"""What calls are made for; each task may have its own provider and model."""

RESERVED_TASK = "embedding"

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Choice(NamedTuple):
    """A provider and a model that were named together; ``None`` for what was left open."""

    provider: str | None = None
    model: str | None = None


class RouterSettings(NamedTuple):
    """What a router was told.

    Attributes:
        choice: the provider and model of all tasks that have none of their own.
        tasks: those of a task.
        providers: what is set of each provider; see ``PROVIDER_CONFIG``.
        chain: who is asked if no provider is named, in order; ``None`` for the default chain.
        local_only: whether only local providers may be asked.
        budgets: limits on what may be spent.
        prices: what models cost.
    """

    choice: Choice = Choice()
    tasks: Mapping[str, Choice] = _NOTHING
    providers: Mapping[str, Mapping[str, Any]] = _NOTHING
    chain: tuple[str, ...] | None = None
    local_only: bool = False
    budgets: Mapping[str, Any] = _NOTHING
    prices: Mapping[str, Any] = _NOTHING


def checked_settings(settings: Mapping[str, Any] | None) -> RouterSettings:
    """Return the settings; later changes of the argument have no effect.

    A value of ``None`` counts as absent.

    Raises:
        ValueError: a key is unknown, or a value has the wrong form; the error names the place.
    """
    given = _given("settings", settings, _FORMS)
    chain = given.get("fallback_chain")
    return RouterSettings(
        choice=Choice(given.get("provider"), given.get("model")),
        tasks=_tasks(given.get("tasks", {})),
        providers=_providers(given.get("providers", {})),
        chain=None if chain is None else tuple(dict.fromkeys(chain)),
        local_only=given.get("local_only", False),
        budgets=dict(given.get("budgets", {})),
        prices=dict(given.get("prices", {})),
    )


def check_task(task: object) -> None:
    """Raise ``ValueError`` for what is not a task."""
    if task not in TASKS:
        raise ValueError(_task_problem(task))


def _task_problem(task: object) -> str:
    if task == RESERVED_TASK:
        return f"the task {RESERVED_TASK!r} is reserved: no provider embeds texts yet"
    name = repr(task) if is_text(task) else safe_repr(task)
    return f"the task {name} is unknown; known are {', '.join(TASKS)}"


_Form = tuple[Callable[[Any], bool], str]


def _is_name(value: object) -> bool:
    return is_text(value) and bool(value.strip())


_NAME: _Form = (_is_name, "text that is not empty")
_MAPPING: _Form = (is_mapping, "a mapping")
_FORMS: dict[str, _Form] = {
    "provider": _NAME,
    "model": _NAME,
    "tasks": _MAPPING,
    "providers": _MAPPING,
    "fallback_chain": (lambda value: all_are(_is_name, value), "a list of names of providers"),
    "local_only": (lambda value: isinstance(value, bool), "true or false"),
    "budgets": _MAPPING,
    "prices": _MAPPING,
}
_CHOICE_FORMS: dict[str, _Form] = {"provider": _NAME, "model": _NAME}


def _given(place: str, settings: object, forms: Mapping[str, _Form]) -> dict[str, Any]:
    if settings is not None and not is_mapping(settings):
        raise ValueError(f"{place} must be a mapping, not {safe_repr(settings)}")
    given = {key: value for key, value in (settings or {}).items() if value is not None}
    for key in settings or ():
        if key not in forms:
            raise ValueError(f"{place}: unknown key {key!r}{did_you_mean(str(key), forms)}")
    for key, value in given.items():
        has_form, form = forms[key]
        if not has_form(value):
            raise ValueError(f"{place}: {key} must be {form}, not {safe_repr(value)}")
    return given


def _tasks(tasks: Mapping[Any, Any]) -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    for task, choice in tasks.items():
        if task not in TASKS:
            raise ValueError(f"settings: tasks: {_task_problem(task)}")
        given = _given(f"settings: tasks: {task}", choice, _CHOICE_FORMS)
        found[task] = Choice(given.get("provider"), given.get("model"))
    return found


def _providers(providers: Mapping[Any, Any]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for name, config in providers.items():
        require_name(name)
        if config is None:
            continue
        check_config(name, config)
        found[name] = {key: _frozen(value) for key, value in config.items() if value is not None}
    return found


def _frozen(value: Any) -> Any:
    return value if isinstance(value, str | bool) else tuple(value)
