"""The setting ``hooks`` is checked when settings are read, before anything is sent."""

import json

import pytest
from ollama_cli.hooks.events import name_of
from ollama_cli.hooks.form import hooks_problem, read_hooks

from ._settings import write_settings


def one(**fields):
    """Return hooks with one command."""
    return {"PreRequest": [{"hooks": [{"command": "true", **fields}]}]}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"SessionStart": [], "Error": None},
        {"SessionEnd": [{"hooks": []}]},
        one(type="command", timeout=0.5, required=True, env=["HF_TOKEN"]),
        one(type=None, timeout=None, required=None, env=None),
        {"Fallback": [{"matcher": "^hf/(?i:qwen)", "hooks": [{"command": "a | b && c"}]}]},
        {"Fallback": [{"matcher": None, "hooks": []}, {"matcher": "*", "hooks": []}]},
    ],
    ids=json.dumps,
)
def test_valid(value) -> None:
    """These have no problem."""
    assert hooks_problem(value) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([], "hooks must be an object"),
        ({"PreRequst": []}, "hooks: unknown event 'PreRequst'; did you mean 'PreRequest'?"),
        ({"prerequest": []}, "hooks: unknown event 'prerequest'; did you mean 'PreRequest'?"),
        ({"Tool": []}, "hooks: unknown event 'Tool'; known are SessionStart, SessionEnd,"),
        ({"Error": {}}, "hooks.Error must be a list"),
        ({"Error": ["x"]}, "hooks.Error[0] must be an object"),
        ({"Error": [{}]}, "hooks.Error[0]: 'hooks' is missing"),
        ({"Error": [{"command": "x"}]}, "hooks.Error[0]: unknown key 'command'; known are matcher"),
        ({"Error": [{"hooks": {}}]}, "hooks.Error[0].hooks must be a list"),
        ({"Error": [{"hooks": ["x"]}]}, "hooks.Error[0].hooks[0] must be an object"),
        ({"Error": [{"hooks": [{}]}]}, "hooks.Error[0].hooks[0]: 'command' is missing"),
        (one(comand="x"), "hooks[0]: unknown key 'comand'; did you mean 'command'?"),
        (one(command=["x"]), "hooks.PreRequest[0].hooks[0].command must be a text"),
        (one(command="  "), "hooks.PreRequest[0].hooks[0].command must be a text"),
        (one(command="a\0b"), ".command has a character that no command can have"),
        (one(command="\ud800"), ".command has a character that no command can have"),
        (one(type="prompt"), "hooks[0].type must be 'command'"),
        (one(timeout=0), "hooks[0].timeout must be a number of seconds"),
        (one(timeout=-1), "hooks[0].timeout must be a number of seconds"),
        (one(timeout=601), "hooks[0].timeout must be a number of seconds"),
        (one(timeout=10**50), "hooks[0].timeout must be a number of seconds"),
        (one(timeout="10"), "hooks[0].timeout must be a number of seconds"),
        (one(timeout=True), "hooks[0].timeout must be a number of seconds"),
        (one(required="yes"), "hooks[0].required must be true or false"),
        (one(env="HF_TOKEN"), "hooks[0].env must be a list of names"),
        (one(env=["HF_TOKEN=x"]), "hooks[0].env must be a list of names"),
        ({"Error": [{"matcher": 1, "hooks": []}]}, "hooks.Error[0].matcher must be a regular"),
        ({"Error": [{"matcher": "(", "hooks": []}]}, "[0].matcher is not a regular expression: m"),
        ({"Error": [{"matcher": "a{99999999999}", "hooks": []}]}, "is not a regular expression"),
        ({"Error": [{"matcher": "(" * 400, "hooks": []}]}, "is not a regular expression"),
        ({"Error": [{"matcher": "a" * 501, "hooks": []}]}, "of at most 500 characters"),
    ],
)
def test_invalid(value, problem) -> None:
    """Each problem names its place, and what was meant if that is known."""
    assert problem in (hooks_problem(value) or "")


def test_mistake_ends_the_command(invoke, settings) -> None:
    """A question is not sent past hooks that cannot be read."""
    file = settings(hooks={"UserPromptSubmt": []})

    result = invoke("Why?", "--provider", "fake")

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{file}: hooks: unknown event 'UserPromptSubmt'" in result.stderr


@pytest.mark.parametrize(
    ("matcher", "provider", "model", "matches"),
    [
        ("", "hf", "org/one", True),
        ("*", "hf", "org/one", True),
        (None, "hf", "org/one", True),
        ("^hf/", "hf", "org/one", True),
        ("^hf/", "ollama", "hf/one", False),
        ("^hf/org/one$", "hf", "org/one", True),
        ("qwen", "ollama", "qwen3", True),
        ("qwen", "ollama", None, False),
        ("^ollama/$", "ollama", None, True),
        ("^hf/", None, None, True),
    ],
)
def test_matcher(matcher, provider, model, matches) -> None:
    """It is searched for in provider/model; a provider that is not known yet may be any."""
    (hook,) = read_hooks({"Error": [{"matcher": matcher, "hooks": [{"command": "true"}]}]}, "user")

    assert hook.matches([] if provider is None else [name_of(provider, model)]) is matches


def test_a_matcher_sees_names_of_bounded_length() -> None:
    """A very long model name does not keep an expression busy."""
    hooks = {"Error": [{"matcher": "x$", "hooks": [{"command": "true"}]}]}
    (hook,) = read_hooks(hooks, "user")

    assert not hook.matches(["hf/" + "y" * 10_000 + "x"])


def test_groups_keep_their_order() -> None:
    """Hooks run as they are written."""
    groups = [{"hooks": [{"command": "a"}, {"command": "b"}]}, {"hooks": [{"command": "c"}]}]

    assert [hook.command for hook in read_hooks({"Error": groups}, "user")] == ["a", "b", "c"]


def test_status_line_is_checked_too(invoke, tmp_path) -> None:
    """A path is no name of a status line."""
    for wrong in ("../x", ["tokens"] * 6, ".hidden", "a/b", "a\\b", ""):
        write_settings(tmp_path, status_line=wrong)

        result = invoke("Why?", "--provider", "fake")

        assert result.exit_code == 2
        assert "'status_line'" in result.stderr
