"""A trusted project's settings over the user's: they may tighten limits, and never loosen one.

``docs/trust.md`` has a table of all keys. A value of null counts as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

Values = Mapping[str, Any]


class Merged(NamedTuple):
    """Settings of two places as one.

    Attributes:
        values: what counts.
        notes: what does not count although the project says it, one line each.
    """

    values: dict[str, Any]
    notes: tuple[str, ...] = ()


def merged(user: Values, project: Values) -> Merged:
    """Return the settings that count.

    Values may have a wrong form, which whoever uses them refuses; such a one loosens nothing.
    """
    mine, theirs, notes = _given(user), _given(project), list[str]()
    found = _chosen(mine, theirs)
    for key in mine.keys() & theirs.keys() & _RULES.keys():
        found[key] = _RULES[key](mine[key], theirs[key])
    if mine.get("local_only") and "providers" in theirs:
        found["providers"] = _local(mine.get("providers"), theirs["providers"], notes)
    if theirs.get("insecure_http") and not mine.get("insecure_http"):
        found["insecure_http"] = False
        notes.append("its 'insecure_http' does not count; only your own settings may permit that")
    if "chat" in theirs:
        found["chat"] = mine.get("chat", {})
        notes.append("its 'chat' does not count; how the chat looks is for you to choose")
    if "prices" in theirs and "budgets" in mine:
        found["prices"] = mine.get("prices", {})
        notes.append("its 'prices' do not count, because you have budgets")
    if "hooks" in found:
        found["hooks"] = _both(*hooks_of_each(mine, theirs))
    if "disable_hooks" in theirs:
        found["disable_hooks"] = mine.get("disable_hooks", False)
    return Merged(found, tuple(notes))


def hooks_of_each(user: Values, project: Values) -> tuple[Any, Any]:
    """Return the hooks of the user and of the project that count.

    A project that disables hooks has none, and of the user's it leaves those that are required.
    """
    mine, theirs = user.get("hooks") or {}, project.get("hooks") or {}
    if not project.get("disable_hooks"):
        return mine, theirs
    if not isinstance(mine, Mapping):
        return mine, {}
    return {event: [_only_required(each) for each in _list(mine[event])] for event in mine}, {}


def _only_required(group: Any) -> Any:
    if not isinstance(group, Mapping):
        return group
    kept = [hook for hook in _list(group.get("hooks")) if not _is_optional(hook)]
    return {**group, "hooks": kept}


def _is_optional(hook: Any) -> bool:
    return isinstance(hook, Mapping) and not hook.get("required")


def _given(settings: Values) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}


def _chosen(mine: Values, theirs: Values) -> dict[str, Any]:
    """Return the second over the first, without a model that was meant for another provider."""
    found = {**mine, **theirs}
    if "model" not in theirs and found.get("provider") != mine.get("provider"):
        found.pop("model", None)
    return found


def _tasks(mine: Any, theirs: Any) -> Any:
    def one(name: str, task: Any) -> Any:
        before = mine.get(name)
        if not isinstance(before, Mapping) or not isinstance(task, Mapping):
            return task
        return _chosen(_given(before), _given(task))

    return _by_name(mine, theirs, one)


def _providers(mine: Any, theirs: Any) -> Any:
    def one(name: str, config: Any) -> Any:
        before = mine.get(name)
        if not isinstance(before, Mapping) or not isinstance(config, Mapping):
            return before if config is None else config
        return {**before, **_given(config)}

    return _by_name(mine, theirs, one)


def _local(mine: Any, theirs: Any, notes: list[str]) -> Any:
    """Return the providers under the user's ``local_only``.

    A project may declare a provider local only at a loopback address: at another private one,
    anybody could listen.
    """
    if not isinstance(theirs, Mapping):
        return theirs
    kept = {}
    for name, config in theirs.items():
        if isinstance(config, Mapping) and not is_loopback(config.get("base_url")):
            left = {key: value for key, value in config.items() if key not in ("base_url", "local")}
            if len(left) < len(config):
                notes.append(
                    f"its 'base_url' and 'local' of the provider {name!r} do not count: under your "
                    "'local_only', a project may name loopback addresses only"
                )
            config = left
        kept[name] = config
    return _providers(mine or {}, kept)


def _by_name(mine: Any, theirs: Any, one: Callable[[str, Any], Any]) -> Any:
    if not isinstance(mine, Mapping) or not isinstance(theirs, Mapping):
        return theirs
    return {**mine, **{name: one(name, value) for name, value in theirs.items()}}


def _budgets(mine: Any, theirs: Any) -> Any:
    """Return the tighter of both; what is wrong with either is for the router to refuse."""
    from provider_sdk import Budgets

    try:
        Budgets(theirs)
    except ValueError:
        return theirs
    try:
        tighter = Budgets(mine).tightened(Budgets(theirs)).to_dict()
    except ValueError:
        return mine
    return {name: value if value == "refuse" else _number(value) for name, value in tighter.items()}


def _number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def _both(mine: Any, theirs: Any) -> Any:
    """Return the hooks of both; what is wrong with the form of either stays."""
    if not isinstance(mine, Mapping) or not isinstance(theirs, Mapping):
        return mine or theirs
    events = dict.fromkeys((*mine, *theirs))
    return {event: [*_list(mine.get(event)), *_list(theirs.get(event))] for event in events}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _either(mine: Any, theirs: Any) -> Any:
    return mine if mine is True else theirs


def _neither(mine: Any, theirs: Any) -> Any:
    return mine if mine is False else theirs


_RULES: dict[str, Callable[[Any, Any], Any]] = {
    "tasks": _tasks,
    "providers": _providers,
    "local_only": _either,
    "budgets": _budgets,
    "aliases": lambda mine, theirs: {**mine, **theirs},
    "sessions": _neither,
    "retention_days": min,
    "insecure_http": _neither,
}


COUNTS: dict[str, str] = {
    "provider": "the project's; your model does not count for another provider",
    "model": "the project's",
    "tasks": "the project's",
    "aliases": "yours and the project's; for the same name the project's",
    "providers": "yours and the project's; for the same key of a provider the project's",
    "fallback_chain": "the project's",
    "local_only": "true, if one of you says so",
    "budgets": "the lower of each limit; refuse before allow",
    "prices": "yours, if you have budgets; else the project's",
    "context_window": "the project's",
    "compact_at": "the project's",
    "sessions": "false, if one of you says so",
    "retention_days": "the lower",
    "status_line": "the project's",
    "chat": "yours",
    "hooks": "yours, and after them the project's",
    "disable_hooks": "yours; a project can turn off its own hooks, and yours that are not required",
    "insecure_http": "yours; a project can only say false",
}
"""What counts of a setting that you and a trusted project have; ``docs/trust.md`` says more."""


def is_loopback(address: object) -> bool:
    """Whether a base URL leads to this machine by its own text, without a look-up."""
    from ipaddress import ip_address

    try:
        host = (urlsplit(address).hostname or "") if isinstance(address, str) else ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
