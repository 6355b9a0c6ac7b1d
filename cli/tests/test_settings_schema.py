"""The published schema of settings says the same as the code that reads them."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ollama_cli.conversation.context import COMPACT_AT
from ollama_cli.conversation.window_lookup import DEFAULT
from ollama_cli.hooks.form import DEFAULT_TIMEOUT_S
from ollama_cli.settings.editing import check_content
from ollama_cli.settings.files import SettingsError
from ollama_cli.settings.key_paths import leaves, parse_path
from ollama_cli.settings.keys import KEYS, SCHEMA_KEY
from provider_sdk import CAPABILITIES

from ._schemas import schema

SCHEMA = schema("settings")
VALIDATOR = Draft202012Validator(SCHEMA)

CHOICE = {"provider": "hf", "model": "claude/m"}
CONFIG = {
    "base_url": "http://127.0.0.1:8080/v1",
    "api_key_env": "ACME_KEY",
    "default_model": "m",
    "credential": "optional",
    "capabilities": sorted(CAPABILITIES),
    "local": True,
}
PRICE = {"input": 0, "output": 1.5, "cached": 0.1, "cache_write": 2, "per": "1K"}
HOOK = {"type": "command", "command": "true", "timeout": 5, "required": True, "env": ["A_KEY"]}
FULL = {
    SCHEMA_KEY: "https://settings.example/schema",
    **CHOICE,
    "tasks": {"coding": CHOICE, "agent": CHOICE, "subagent": CHOICE},
    "aliases": {"fast": "qwen3", "best": "claude/claude-opus-5"},
    "providers": {"acme": CONFIG, "a.b-c_1": {"api_key_env": ["A", "B"]}},
    "fallback_chain": ["acme", "hf"],
    "local_only": False,
    "budgets": {"session_usd": 1, "day_usd": 0.5, "unpriced": "refuse"},
    "prices": {"gpt-5.4": PRICE},
    "context_window": 8192,
    "compact_at": 0.5,
    "sessions": True,
    "retention_days": 30,
    "status_line": ["tokens", "mine.sh"],
    "chat": {"plain": True, "keys": "vi"},
    "hooks": {"PreRequest": [{"matcher": "^hf/", "hooks": [HOOK]}]},
    "disable_hooks": False,
    "insecure_http": False,
}

RIGHT = [
    {},
    FULL,
    dict.fromkeys(sorted(KEYS)),
    {"status_line": "tokens"},
    {"aliases": {}},
    {"tasks": {"coding": None, "agent": dict.fromkeys(sorted(CHOICE))}},
    {"providers": {"acme": None, "other": dict.fromkeys(sorted(CONFIG))}},
    {"providers": {"acme": {"capabilities": [], "api_key_env": []}}},
    {"budgets": {"session_usd": None, "day_usd": 0, "unpriced": None}},
    {"prices": {"m": None, "n": {"input": 1, "output": 2, "cached": None, "per": None}}},
    {"compact_at": 1},
    {"context_window": 0, "retention_days": 0},
    {"fallback_chain": []},
    {"chat": {}},
    {"chat": {"plain": None, "keys": None}},
    {"chat": {"plain": False, "keys": "emacs"}},
    {"hooks": {}},
    {"hooks": {"Error": None, "Fallback": []}},
    {"hooks": {"Error": [{"hooks": []}, {"matcher": None, "hooks": [{"command": "true"}]}]}},
]

WRONG = [
    [],
    "hf",
    {"provder": "hf"},
    {"provider": 5},
    {"provider": " "},
    {"model": ""},
    {"model": ["m"]},
    {"tasks": []},
    {"tasks": {"codin": {}}},
    {"tasks": {"embedding": {}}},
    {"tasks": {"coding": "hf"}},
    {"tasks": {"coding": {"provider": ""}}},
    {"tasks": {"coding": {"temperature": 1}}},
    {"tasks": {"coding": {"token": "x"}}},
    {"aliases": ["a"]},
    {"aliases": {"a": 1}},
    {"aliases": {"a": None}},
    {"aliases": {"a": " "}},
    {"aliases": {"": "a"}},
    {"providers": []},
    {"providers": {"a b": {}}},
    {"providers": {"": {}}},
    {"providers": {"a": []}},
    {"providers": {"a": {"url": "x"}}},
    {"providers": {"a": {"api_key": "x"}}},
    {"providers": {"a": {"base_url": 5}}},
    {"providers": {"a": {"base_url": "https://user:pass@h"}}},
    {"providers": {"a": {"api_key_env": "not a variable"}}},
    {"providers": {"a": {"api_key_env": "sk1canary0123456789abcdef"}}},
    {"providers": {"a": {"api_key_env": ["A", 5]}}},
    {"providers": {"a": {"credential": "maybe"}}},
    {"providers": {"a": {"credential": ""}}},
    {"providers": {"a": {"capabilities": "tools"}}},
    {"providers": {"a": {"capabilities": ["tols"]}}},
    {"providers": {"a": {"local": 1}}},
    {"providers": {"a": {"default_model": 5}}},
    {"fallback_chain": "hf"},
    {"fallback_chain": ["hf", ""]},
    {"fallback_chain": [None]},
    {"local_only": "true"},
    {"budgets": {"week_usd": 1}},
    {"budgets": {"day_usd": "5"}},
    {"budgets": {"day_usd": -1}},
    {"budgets": {"day_usd": True}},
    {"budgets": {"unpriced": "maybe"}},
    {"prices": []},
    {"prices": {"m": 1}},
    {"prices": {"m": {"input": 1}}},
    {"prices": {"m": {"input": 1, "output": None}}},
    {"prices": {"m": {"input": 1, "output": 10**7}}},
    {"prices": {"m": {"input": 1, "output": 1, "per": "1B"}}},
    {"prices": {"m": {"input": 1, "output": 1, "reasoning": 1}}},
    {"context_window": -1},
    {"context_window": 1.5},
    {"context_window": "8k"},
    {"compact_at": 0},
    {"compact_at": 80},
    {"sessions": 1},
    {"retention_days": True},
    {"status_line": 5},
    {"status_line": [1]},
    {"status_line": "a/b"},
    {"status_line": list("abcdef")},
    {"chat": "vi"},
    {"chat": {"plain": "yes"}},
    {"chat": {"plain": 1}},
    {"chat": {"keys": "nano"}},
    {"chat": {"keys": ["vi"]}},
    {"chat": {"colour": False}},
    {"hooks": []},
    {"hooks": {"Prerequest": []}},
    {"hooks": {"PreRequest": {}}},
    {"hooks": {"PreRequest": [{"matcher": "x"}]}},
    {"hooks": {"PreRequest": [{"matcher": 5, "hooks": []}]}},
    {"hooks": {"PreRequest": [{"hooks": [{"type": "command"}]}]}},
    {"hooks": {"PreRequest": [{"hooks": [{**HOOK, "type": "python"}]}]}},
    {"hooks": {"PreRequest": [{"hooks": [{**HOOK, "timeout": 0}]}]}},
    {"hooks": {"PreRequest": [{"hooks": [{**HOOK, "timeout": 601}]}]}},
    {"hooks": {"PreRequest": [{"hooks": [{**HOOK, "required": 1}]}]}},
    {"hooks": {"PreRequest": [{"hooks": [{**HOOK, "env": "A"}]}]}},
    {"hooks": {"PreRequest": [{"hooks": [{**HOOK, "env": ["a b"]}]}]}},
    {"hooks": {"PreRequest": [{"hooks": [{**HOOK, "shell": "sh"}]}]}},
    {"disable_hooks": "no"},
    {"insecure_http": 0},
    {SCHEMA_KEY: 5},
]


def is_accepted(settings) -> bool:
    """Whether the code takes them, as ``config set`` and every command do."""
    try:
        check_content(Path("settings.json"), json.dumps(settings).encode())
    except SettingsError:
        return False
    return True


@pytest.mark.parametrize("settings", RIGHT, ids=lambda value: str(value)[:40])
def test_what_is_right_is_accepted_by_both(settings) -> None:
    """An editor does not mark what the command takes."""
    VALIDATOR.validate(settings)
    assert is_accepted(settings)


@pytest.mark.parametrize("settings", WRONG, ids=lambda value: str(value)[:60])
def test_what_is_wrong_is_refused_by_both(settings) -> None:
    """An editor marks what the command refuses."""
    assert not VALIDATOR.is_valid(settings)
    assert not is_accepted(settings)


def test_it_has_all_keys() -> None:
    """And no other."""
    assert set(SCHEMA["properties"]) == KEYS | {SCHEMA_KEY}
    assert set(FULL) == KEYS | {SCHEMA_KEY}


def test_the_full_example_has_each_nested_key() -> None:
    """So each is tried on the code."""
    defined = SCHEMA["properties"]
    config = defined["providers"]["additionalProperties"]["properties"]
    price = defined["prices"]["additionalProperties"]["properties"]
    hooks = SCHEMA["$defs"]

    assert set(config) == set(CONFIG)
    assert set(price) == set(PRICE)
    assert set(defined["budgets"]["properties"]) == set(FULL["budgets"])
    assert set(defined["tasks"]["properties"]) == set(FULL["tasks"])
    assert set(hooks["hook"]["properties"]) == set(HOOK)
    assert set(config["capabilities"]["items"]["enum"]) == CAPABILITIES


def test_every_key_is_described() -> None:
    """An editor can show what it is for."""

    def properties(part):
        if isinstance(part, dict):
            yield from part.get("properties", {}).items()
            for value in part.values():
                yield from properties(value)

    for name, about in properties(SCHEMA):
        assert about.get("description", "").endswith("."), name


def test_defaults_are_those_of_the_code() -> None:
    """Where the code names one."""
    defaults = {key: about.get("default") for key, about in SCHEMA["properties"].items()}

    assert (defaults["compact_at"], defaults["context_window"]) == (COMPACT_AT, DEFAULT)
    assert SCHEMA["$defs"]["hook"]["properties"]["timeout"]["default"] == DEFAULT_TIMEOUT_S


def test_defaults_follow_the_schema() -> None:
    """Each could be set."""
    for key, about in SCHEMA["properties"].items():
        if "default" in about:
            VALIDATOR.validate({key: about["default"]})
            assert is_accepted({key: about["default"]})


@pytest.mark.parametrize(
    "path", [path for path, _ in leaves(FULL) if path != (SCHEMA_KEY,)], ids=str
)
def test_every_setting_can_be_named(path) -> None:
    """By a JSON pointer, for example."""
    pointer = "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in path)

    assert parse_path(pointer) == path
