"""Makes a request of one row: its id, its conversation, its model and its options."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from provider_sdk._errors import ProviderRequestError
from provider_sdk._messages import normalized
from provider_sdk._options import OPTION_NAMES, checked_options
from provider_sdk.bulk.inputs.form import Form
from provider_sdk.bulk.inputs.openai_batch import request_of_body
from provider_sdk.bulk.rows import Row
from provider_sdk.bulk.templates import RowProblem, Template, missing_column, near_columns

LONGEST_ID = 1000
"""The most characters that an id may have."""
_ID = "id"
_OWN_KEYS = frozenset({"prompt", "messages", "model", "options"})
_NOT_FOR_ROWS = frozenset({"extra_headers"})
_SET_BY_THE_RUN = frozenset({"model", "messages", "stream", "stream_options", "n"})
_in_order = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_EASY_ROLES = frozenset({"system", "user", "assistant"})


Request = tuple[str | None, Sequence[Mapping[str, Any]], str | None, Mapping[str, Any]]
"""What a row asks: its id if it has one, its conversation, the model that it names, its options.

A plain tuple: a survey of 100 million rows makes as many.
"""
Build = Callable[[Mapping[str, Any]], Request]
"""Makes a request of the values of a row.

Raises:
    RowProblem: the row cannot be asked.
"""


def build_for(form: Form) -> Build:
    """Return what makes requests of the rows of an input.

    Args:
        form: how to read it; the format is set.
    """
    if form.format == "openai":
        return _OpenAIRows(form)
    return _TemplateRows(form) if form.has_own_prompt else _OwnRows(form)


def columns_for(form: Form, columns: Collection[str]) -> list[str]:
    """Return the columns of a table that are read, in their order.

    Raises:
        RowProblem: a column that is needed is missing; or one is the name of a chat option, and
            would be ignored.
    """
    needed = _needed_by(form)
    for name in sorted(needed - set(columns)):
        raise RowProblem(missing_column(name, columns))
    if not form.has_own_prompt:
        _check_own_keys(dict.fromkeys(columns))
        if not {"prompt", "messages"} & set(columns):
            raise RowProblem(_no_prompt(columns))
        needed |= _OWN_KEYS
    needed.add(form.id_column or _ID)
    return [name for name in columns if name in needed]


def row_of(request: Request, index: int) -> Row:
    """Return the row of a request; without an id of its own, the id is its number."""
    id, messages, model, options = request
    return Row(
        index=index,
        id=str(index) if id is None else id,
        messages=messages,
        hash=row_hash(messages, model, options),
        model=model,
        options=options,
    )


def row_hash(
    messages: Sequence[Mapping[str, Any]], model: str | None, options: Mapping[str, Any]
) -> str:
    """Return the hash of all in a row that decides its answer: SHA-256, in hexadecimal.

    It is of the JSON ``{"messages":…,"model":…,"options":…}`` in ASCII, with keys in order and
    without spaces, as ``json.dumps(…, sort_keys=True, separators=(",", ":"))`` writes it. It stays
    the same over versions of this package; id and number of the row are not part of it.
    """
    asked = {"messages": messages, "model": model, "options": options}
    return hashlib.sha256(_in_order(asked).encode()).hexdigest()


class _TemplateRows:
    """Rows whose prompt is a template or a column; every key is a column."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._template = Template(form.template) if form.template is not None else None

    def __call__(self, values: Mapping[str, Any]) -> Request:
        form = self._form
        if self._template is not None:
            prompt = self._template.fill(values)
        else:
            prompt = _text_of(values, form.prompt_column or "")
        return _id_of(values, form), _with_system(prompt, form), None, {}


class _OwnRows:
    """Rows that say themselves what is asked."""

    def __init__(self, form: Form) -> None:
        self._form = form

    def __call__(self, values: Mapping[str, Any]) -> Request:
        form = self._form
        _check_own_keys(values)
        messages = values.get("messages")
        if messages is None:
            if "prompt" not in values:
                raise RowProblem(_no_prompt(values))
            messages = _with_system(_text_of(values, "prompt"), form)
        elif values.get("prompt") is not None:
            raise RowProblem("it has both 'prompt' and 'messages'; leave one of them out")
        else:
            messages = conversation(messages, form.system)
        return _id_of(values, form), messages, _model_of(values), _options_of(values)


class _OpenAIRows:
    """Rows in OpenAI's batch form."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._id_key = form.id_column or "custom_id"

    def __call__(self, values: Mapping[str, Any]) -> Request:
        body, options = request_of_body(values)
        if self._id_key not in values:
            raise RowProblem(missing_column(self._id_key, values))
        messages = conversation(body["messages"], self._form.system)
        id = _id_text(self._id_key, values[self._id_key])
        return id, messages, _model_of(body), _checked(options)


def _needed_by(form: Form) -> set[str]:
    names = {form.prompt_column, form.id_column}
    if form.template is not None:
        names.update(Template(form.template).columns)
    return {name for name in names if name is not None}


def conversation(messages: Any, system: str | None) -> Sequence[Mapping[str, Any]]:
    """Return a row's conversation, with the run's system message if it has none of its own.

    Raises:
        RowProblem: a message is malformed.
    """
    if not _is_easy(messages):
        _check_messages(messages)
    has_own = any(message["role"] == "system" for message in messages)
    return messages if system is None or has_own else [_system(system), *messages]


def _is_easy(messages: Any) -> bool:
    """Whether it is plainly a conversation in texts; the full check takes ten times longer."""
    if type(messages) is not list or not messages:
        return False
    for message in messages:
        if type(message) is not dict or len(message) != 2:
            return False
        role = message.get("role")
        if type(role) is not str or role not in _EASY_ROLES:
            return False
        if type(message.get("content")) is not str:
            return False
    return True


def _check_messages(messages: Any) -> None:
    try:
        normalized(messages)
        return
    except (ProviderRequestError, TypeError) as error:
        problem = str(error)
    raise RowProblem(problem)


def _with_system(prompt: str, form: Form) -> list[dict[str, str]]:
    user = {"role": "user", "content": prompt}
    return [user] if form.system is None else [_system(form.system), user]


def _system(text: str) -> dict[str, str]:
    return {"role": "system", "content": text}


def _text_of(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if type(value) is str:
        return value
    if name not in values:
        raise RowProblem(missing_column(name, values))
    raise RowProblem(f"{name!r} must be text, not {_kind(value)}")


def _id_of(values: Mapping[str, Any], form: Form) -> str | None:
    name = form.id_column or _ID
    value = values.get(name)
    if value is None and form.id_column is None:
        return None
    if name not in values:
        raise RowProblem(missing_column(name, values))
    return _id_text(name, value)


def _id_text(name: str, value: Any) -> str:
    if type(value) is int:
        value = str(value)
    if type(value) is not str:
        raise RowProblem(f"{name!r} must be text or a whole number, and is {_kind(value)}")
    if not value or len(value) > LONGEST_ID:
        raise RowProblem(f"{name!r} must have 1 to {LONGEST_ID} characters, not {len(value)}")
    return value


def _model_of(values: Mapping[str, Any]) -> str | None:
    model = values.get("model")
    if model is None or type(model) is str:
        return model or None
    raise RowProblem(f"'model' must be the name of a model, not {_kind(model)}")


def _options_of(values: Mapping[str, Any]) -> Mapping[str, Any]:
    options = values.get("options")
    if not options:
        return {}
    if not isinstance(options, dict):
        raise RowProblem(f"'options' must be an object of chat options, not {_kind(options)}")
    for name in sorted(_NOT_FOR_ROWS & options.keys()):
        raise RowProblem(f"'options' must not hold {name!r}; set it for the whole run")
    return _checked(options)


def _checked(options: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        checked: Mapping[str, Any] = checked_options(options)
    except (ProviderRequestError, TypeError) as error:
        problem = str(error)
    else:
        for name in sorted(_SET_BY_THE_RUN & (checked.get("extra_body") or {}).keys()):
            raise RowProblem(f"'extra_body' must not hold {name!r}")
        return checked
    raise RowProblem(problem)


def _check_own_keys(values: Mapping[str, Any]) -> None:
    if OPTION_NAMES.isdisjoint(values):
        return
    name = min(OPTION_NAMES & values.keys())
    raise RowProblem(
        f"{name!r} is the name of a chat option; write it within 'options', "
        "or say by a template or a prompt column what is asked"
    )


def _no_prompt(names: Collection[str]) -> str:
    near = near_columns("prompt", [name for name in names if name not in _OWN_KEYS])
    return f"it has neither 'prompt' nor 'messages'{near}"


def _kind(value: Any) -> str:
    kinds = {list: "a list", dict: "an object", str: "text", bool: "true or false"}
    return "null" if value is None else kinds.get(type(value), "a number")
