"""Rows of model lists and descriptions."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from provider_sdk import ModelInfo

from provider_conformance.coverage._forms import LOST, PRESENT, Form, Spoil, changed_if, lost_if
from provider_conformance.coverage._rows import WHOLE, Row, row


def _text(change: Callable[[str], str]) -> Spoil:
    return changed_if(str, change)


_ID_FORMS: Sequence[Form] = (
    PRESENT,
    Form("capitals", _text(str.lower)),
    Form("slashes", _text(lambda id: id.rpartition("/")[2])),
    Form("a colon", _text(lambda id: id.partition(":")[0])),
    Form("dots", _text(lambda id: id.replace(".", "-"))),
    Form("spaces", _text(lambda id: id.replace(" ", ""))),
    Form("marks of addresses", _text(unquote)),
    Form("an at sign", _text(lambda id: id.partition("@")[0])),
    Form("characters outside ASCII", _text(lambda id: id.encode("ascii", "ignore").decode())),
    Form("decomposed characters (NFD)", _text(lambda id: unicodedata.normalize("NFC", id))),
    Form("digits only", lost_if(lambda id: str(id).isdigit())),
    Form("long", _text(lambda id: id[:64])),
)
_COUNT_FORMS = (PRESENT, Form("a million", changed_if(int, lambda count: min(count, 10**6 - 1))))
_PRICE_FORMS = (
    PRESENT,
    Form("zero", lost_if(lambda price: price == 0)),
    Form("a fraction", changed_if(float, lambda price: float(int(price)))),
    Form("many digits", changed_if(float, lambda price: round(price, 2))),
)
_FLAG_FORMS = (PRESENT, Form("false", lost_if(lambda flag: flag is False)))
_NAME_FORMS = (PRESENT, Form("capitals", _text(str.lower)))
_LIST_FORMS = (PRESENT, Form("several", changed_if((list, tuple), lambda items: items[:1])))
_INVENTIONS = {
    "context_window": 8192,
    "input_price": 0.0,
    "output_price": 0.0,
    "input_modalities": ("text",),
    "output_modalities": ("text",),
    "tools": False,
    "structured_output": False,
    "owned_by": "",
    "status": "live",
}


def _of_ids(ids: list[str], spoil: Spoil) -> list[str]:
    return [new for id in ids if (new := spoil(id)) is not LOST]


def _of_id(models: list[ModelInfo], spoil: Spoil) -> list[ModelInfo]:
    spoiled = [(model, spoil(model.id)) for model in models]
    return [replace(model, id=id) for model, id in spoiled if id is not LOST]


def _spoiled(item: Any, name: str, spoil: Spoil) -> Any:
    """Return a model or a back end with one of its facts spoiled."""
    old = getattr(item, name)
    new = spoil(old)
    empty = () if isinstance(old, tuple) else None
    return replace(item, **{name: empty if new is LOST else new})


def _of_fact(name: str) -> Callable[[list[ModelInfo], Spoil], list[ModelInfo]]:
    return lambda models, spoil: [_spoiled(model, name, spoil) for model in models]


def _of_backend(name: str) -> Callable[[list[ModelInfo], Spoil], list[ModelInfo]]:
    def change(models: list[ModelInfo], spoil: Spoil) -> list[ModelInfo]:
        return [
            replace(m, backends=tuple(_spoiled(backend, name, spoil) for backend in m.backends))
            for m in models
        ]

    return change


def _with_absence(name: str, forms: Sequence[Form]) -> Sequence[Form]:
    """Return the forms, and that the service does not say it."""
    invented = _INVENTIONS.get(name)

    def invent(value: Any) -> Any:
        return invented if value is None or value == () else value

    return forms if invented is None else [*forms, Form("not said", invent)]


_FACTS: dict[str, Sequence[Form]] = {
    "context_window": _COUNT_FORMS,
    "input_price": _PRICE_FORMS,
    "output_price": _PRICE_FORMS,
    "input_modalities": _LIST_FORMS,
    "output_modalities": [PRESENT],
    "tools": _FLAG_FORMS,
    "structured_output": _FLAG_FORMS,
    "owned_by": _NAME_FORMS,
    "backends": [*_LIST_FORMS, Form("in an order", lambda backends: backends[::-1])],
}
_BACKEND_FACTS: dict[str, Sequence[Form]] = {
    "provider": _NAME_FORMS,
    "status": _NAME_FORMS[:1],
    **{name: _FACTS[name] for name in ("context_window", "input_price", "output_price")},
    **{name: _FACTS[name] for name in ("tools", "structured_output")},
}

row(
    Row("ModelInfo.id", "of list_models()", "ids", _of_ids, _ID_FORMS, ["PC-MODELS-001"], WHOLE),
    Row("ModelInfo.id", "", "models", _of_id, _ID_FORMS, ["PC-MODELS-016"], WHOLE),
    Row(
        "ModelInfo.id",
        "over pages",
        "ids",
        lambda ids, spoil: spoil(ids),
        [Form("more than a thousand", lambda ids: ids[:1000])],
        ["PC-MODELS-003"],
        WHOLE,
    ),
)
for _name, _forms in _FACTS.items():
    _all = _with_absence(_name, _forms)
    row(
        Row(
            f"ModelInfo.{_name}",
            "",
            "models",
            _of_fact(_name),
            _all,
            ["PC-MODELS-015", "PC-MODELS-017"],
            WHOLE,
        )
    )
for _name, _forms in _BACKEND_FACTS.items():
    _all = _with_absence(_name, _forms)
    row(
        Row(
            f"ModelBackend.{_name}",
            "",
            "models",
            _of_backend(_name),
            _all,
            ["PC-MODELS-015", "PC-MODELS-017"],
            WHOLE,
        )
    )
