"""What a trusted project's settings change of the user's, and what they cannot loosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.settings.keys import KEYS
from ollama_cli.settings.merging import hooks_of_each, is_loopback, merged

from ._project import hooks


@pytest.mark.parametrize(
    ("user", "project", "values"),
    [
        # Who answers: a model goes with its provider.
        ({"provider": "hf"}, {"provider": "claude"}, {"provider": "claude"}),
        ({"provider": "hf", "model": "m"}, {"provider": "claude"}, {"provider": "claude"}),
        ({"provider": "hf", "model": "m"}, {"model": "n"}, {"provider": "hf", "model": "n"}),
        ({"provider": "hf", "model": "m"}, {"provider": "hf"}, {"provider": "hf", "model": "m"}),
        (
            {"tasks": {"coding": {"provider": "hf", "model": "m"}, "agent": {"model": "a"}}},
            {"tasks": {"coding": {"provider": "claude"}}},
            {"tasks": {"coding": {"provider": "claude"}, "agent": {"model": "a"}}},
        ),
        ({"fallback_chain": ["hf"]}, {"fallback_chain": ["a"]}, {"fallback_chain": ["a"]}),
        # A limit is never loosened.
        ({"local_only": True}, {"local_only": False}, {"local_only": True}),
        ({"local_only": False}, {"local_only": True}, {"local_only": True}),
        ({"local_only": True}, {"local_only": None}, {"local_only": True}),
        ({"sessions": False}, {"sessions": True}, {"sessions": False}),
        ({"sessions": True}, {"sessions": False}, {"sessions": False}),
        ({}, {"sessions": False}, {"sessions": False}),
        ({"retention_days": 7}, {"retention_days": 90}, {"retention_days": 7}),
        ({"retention_days": 7}, {"retention_days": 1}, {"retention_days": 1}),
        ({"retention_days": 7}, {"retention_days": None}, {"retention_days": 7}),
        ({}, {"retention_days": 90}, {"retention_days": 90}),
        ({"chat": {"keys": "vi"}}, {"chat": {"plain": True}}, {"chat": {"keys": "vi"}}),
        ({}, {"chat": {"plain": True}}, {"chat": {}}),
        ({"insecure_http": True}, {"insecure_http": False}, {"insecure_http": False}),
        ({"insecure_http": True}, {"insecure_http": True}, {"insecure_http": True}),
        ({"insecure_http": False}, {"insecure_http": True}, {"insecure_http": False}),
        ({}, {"insecure_http": True}, {"insecure_http": False}),
        ({"budgets": {"day_usd": 5}}, {"budgets": {"day_usd": 9}}, {"budgets": {"day_usd": 5}}),
        ({"budgets": {"day_usd": 5}}, {"budgets": {"day_usd": 0.5}}, {"budgets": {"day_usd": 0.5}}),
        ({"budgets": {"day_usd": 5}}, {"budgets": {}}, {"budgets": {"day_usd": 5}}),
        ({"budgets": {"day_usd": 5}}, {"budgets": {"day_usd": None}}, {"budgets": {"day_usd": 5}}),
        ({"budgets": {"day_usd": 5}}, {"budgets": None}, {"budgets": {"day_usd": 5}}),
        (
            {"budgets": {"day_usd": 5, "unpriced": "refuse"}},
            {"budgets": {"session_usd": 1, "unpriced": "allow"}},
            {"budgets": {"day_usd": 5, "session_usd": 1, "unpriced": "refuse"}},
        ),
        # A wrong value stays, to be refused.
        ({"budgets": {"day_usd": 5}}, {"budgets": {"day": 9}}, {"budgets": {"day": 9}}),
        ({"budgets": {"day": 5}}, {"budgets": {"day_usd": 9}}, {"budgets": {"day": 5}}),
        ({"local_only": True}, {"local_only": "no"}, {"local_only": True}),
        ({"providers": {"a": {}}}, {"providers": ["b"]}, {"providers": ["b"]}),
        # All others.
        (
            {"aliases": {"a": "m", "b": "n"}},
            {"aliases": {"b": "o"}},
            {"aliases": {"a": "m", "b": "o"}},
        ),
        ({"compact_at": 0.5}, {"compact_at": 0.9}, {"compact_at": 0.9}),
        ({"status_line": "tokens"}, {"status_line": ["own"]}, {"status_line": ["own"]}),
        ({"context_window": 5}, {"context_window": None}, {"context_window": 5}),
        ({"prices": {"m": {"input": 1}}}, {"prices": {"n": {}}}, {"prices": {"n": {}}}),
    ],
    ids=str,
)
def test_the_project_is_over_the_user(user, project, values) -> None:
    """It replaces what the user set, or tightens it."""
    assert merged(user, project).values == values


def test_prices_of_a_project_do_not_undo_a_budget() -> None:
    """A model whose price is 0 is always allowed, so a budget keeps to the user's prices."""
    user = {"budgets": {"day_usd": 5}, "prices": {"m": {"input": 1, "output": 2}}}

    found = merged(user, {"prices": {"m": {"input": 0, "output": 0}}})

    assert found.values["prices"] == user["prices"]
    assert found.notes == ("its 'prices' do not count, because you have budgets",)


@pytest.mark.parametrize("name", ["ollama", "new"])
@pytest.mark.parametrize("address", ["http://10.6.6.6", "https://evil.example", None])
def test_a_project_does_not_widen_what_is_local(name, address) -> None:
    """Under ``local_only`` it can neither name an address nor call a provider local."""
    user = {"local_only": True, "providers": {"ollama": {"base_url": "http://10.0.0.1"}}}
    theirs = {"base_url": address, "local": True, "default_model": "m"}
    config = {key: value for key, value in theirs.items() if value is not None}

    found = merged(user, {"providers": {name: config}})

    kept = user["providers"].get(name, {})
    assert found.values["providers"][name] == {**kept, "default_model": "m"}
    assert found.values["providers"]["ollama"]["base_url"] == "http://10.0.0.1"
    assert len(found.notes) == 1


def test_a_server_on_this_machine_is_local() -> None:
    """Under ``local_only`` a project may name one at a loopback address."""
    config = {"base_url": "http://127.0.0.1:8080/v1", "local": True}

    found = merged({"local_only": True}, {"providers": {"llama": config}})

    assert found == ({"local_only": True, "providers": {"llama": config}}, ())


def test_a_provider_is_changed_key_by_key() -> None:
    """What the project does not say stays."""
    user = {"providers": {"a": {"base_url": "http://x", "default_model": "m"}, "b": {}}}
    project = {"providers": {"a": {"default_model": "n", "base_url": None}, "c": {"local": True}}}

    assert merged(user, project).values["providers"] == {
        "a": {"base_url": "http://x", "default_model": "n"},
        "b": {},
        "c": {"local": True},
    }


def test_hooks_add_up() -> None:
    """The project can add hooks, and cannot remove one of the user's."""
    mine, theirs = hooks("mine"), {**hooks("theirs"), **hooks("more", "Error")}

    found = merged({"hooks": mine}, {"hooks": theirs}).values["hooks"]

    assert found == {
        "PreRequest": mine["PreRequest"] + theirs["PreRequest"],
        "Error": theirs["Error"],
    }


@pytest.mark.parametrize("theirs", [{}, {"PreRequest": []}, {"PreRequest": None}, None])
def test_an_empty_list_removes_no_hook(theirs) -> None:
    """Nor does null."""
    mine = hooks("mine")

    assert merged({"hooks": mine}, {"hooks": theirs}).values["hooks"] == mine


def test_a_project_that_disables_hooks_leaves_those_that_are_required() -> None:
    """It has none itself, and of the user's it can turn off the others only."""
    user = {"hooks": {**hooks("guard", required=True), **hooks("nice", "Error")}}
    project = {"hooks": hooks("theirs"), "disable_hooks": True}

    found = merged(user, project).values

    assert found["disable_hooks"] is False
    assert found["hooks"] == {**hooks("guard", required=True), "Error": [{"hooks": []}]}
    assert hooks_of_each(user, project) == (found["hooks"], {})


@pytest.mark.parametrize("theirs", [True, False, None])
def test_a_user_who_disables_hooks_has_none(theirs) -> None:
    """No project turns them on again."""
    found = merged({"disable_hooks": True}, {"disable_hooks": theirs, "hooks": hooks("theirs")})

    assert found.values["disable_hooks"] is True


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "refuse", "day_usd"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["a", "PreRequest", "hooks", "day_usd", "base_url"]), inner
        )
    ),
    max_leaves=6,
)
_CHECKED = {"aliases", "retention_days"}
_SETTINGS = st.dictionaries(st.sampled_from(sorted(KEYS - _CHECKED)), _JSON)


@given(user=_SETTINGS, project=_SETTINGS)
def test_no_settings_loosen_a_limit(user, project) -> None:
    """However odd the values of the project are."""
    found = merged(user, project).values

    if user.get("local_only") is True:
        assert found["local_only"] is True
    if user.get("sessions") is False:
        assert found["sessions"] is False
    if user.get("disable_hooks") is True:
        assert found["disable_hooks"] is True
    if not user.get("insecure_http"):
        assert not found.get("insecure_http")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://[::1]:8080", True),
        ("http://localhost", True),
        ("http://LOCALHOST:1", True),
        ("http://127.0.0.1@evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://10.0.0.1", False),
        ("http://[::1", False),
        ("127.0.0.1", False),
        ("", False),
        (None, False),
        (["http://127.0.0.1"], False),
    ],
)
def test_what_is_loopback(address, expected) -> None:
    """An address is judged by its own host, and no name but ``localhost`` is."""
    assert is_loopback(address) is expected
