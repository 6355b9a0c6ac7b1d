"""Settings, trust, keys and folders that change while the chat runs."""

import asyncio
import json
import os
import shlex
import shutil
from pathlib import Path

import pytest
from ollama_cli.keys.stored import store
from ollama_cli.settings.trust import revoke
from provider_sdk.testing import FakeProvider

from ._hooks import hook, says, setting
from ._keys import KEY
from ._project import hooks, trust_project, write_project


class Service(FakeProvider):
    """Serves several routers, each of which closes its provider."""

    closed = 0

    async def aclose(self) -> None:
        """Stay open for the next router."""
        self.closed += 1


@pytest.fixture
def service(fake) -> Service:
    """The provider ``fake``, which says "Blue." each time."""
    return fake(Service(*["Blue."] * 9))


@pytest.fixture
def other(fake) -> Service:
    """The provider ``other``."""
    return fake(Service(*["Red."] * 9), "other")


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project that is not trusted, in which the chat runs."""
    made = tmp_path / "home" / "work"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    made.mkdir(parents=True)
    monkeypatch.chdir(made)
    return write_project(made, {".ollama/settings.json": "{}"})


def asked(service: Service) -> list[str]:
    """Return the newest message of each call."""
    return [call.messages[-1].text for call in service.calls]


def adds(text: str, event: str = "UserPromptSubmit") -> dict:
    """Return hooks that add a text to each message."""
    return setting(event, hook(says(f'{{"additional_context": "{text}"}}')))


def test_hook_that_is_added_counts_from_the_next_message(talk, settings, service) -> None:
    """The message before it is sent as it is, the one after it with what the hook adds."""
    view = talk("One", lambda _: settings(hooks=adds("more")), "Two", "Three")

    assert asked(service) == ["One", "Two\n\nmore", "Three\n\nmore"]
    assert view.text.count("your settings have changed, and count from now on: hooks\n") == 1


def test_hook_that_is_removed_counts_no_longer(talk, settings, service) -> None:
    """A settings file that is deleted says nothing any more."""
    file = settings(hooks=adds("more"))

    talk("One", lambda _: file.unlink(), "Two")

    assert asked(service) == ["One\n\nmore", "Two"]


def test_provider_of_the_settings_changes(talk, settings, service, other) -> None:
    """Whom the settings name answers the next message, and a line says so."""
    settings(provider="fake")

    view = talk("One", lambda _: settings(provider="other"), "Two", provider=None)

    assert asked(service) == ["One"]
    assert asked(other) == ["Two"]
    assert "other answers from now on\n" in view.last


@pytest.mark.parametrize("script", [[], ["/provider fake"]])
def test_provider_that_the_user_chose_stays(talk, settings, service, other, script) -> None:
    """An option, or a slash command, comes before the settings."""
    settings(provider="other")

    talk(
        *script,
        "One",
        lambda _: settings(provider="other", model="new"),
        "Two",
        provider=None if script else "fake",
    )

    assert asked(service) == ["One", "Two"]
    assert asked(other) == []


def test_provider_that_is_gone_is_left(talk, settings, service, other) -> None:
    """Whom the user chose cannot answer any more, so the settings decide."""
    described = {"mine": {"base_url": "http://127.0.0.1:9/v1", "credential": "none"}}
    settings(provider="other", providers=described)

    view = talk("/provider mine", lambda _: settings(provider="other"), "Two", provider=None)

    assert asked(other) == ["Two"]
    assert "there is no provider mine any more; other answers from now on\n" in view.last


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "line 1, column 2"),
        ('{"hoks": {}}', "did you mean 'hooks'?"),
        ('{"budgets": {"day": "much"}}', "settings.json: "),
        ('{"aliases": {"a": "fake/"}, "model": "a"}', "write fake/MODEL"),
    ],
)
def test_broken_settings_are_told_once(talk, settings, service, content, problem) -> None:
    """The earlier ones stay until the file is mended."""
    file = settings(hooks=adds("more"))

    def mend(_) -> None:
        settings(hooks=adds("new"))

    view = talk("One", lambda _: file.write_text(content), "Two", "/model", "Three", mend, "Four")

    assert asked(service) == ["One\n\nmore", "Two\n\nmore", "Three\n\nmore", "Four\n\nnew"]
    assert [problem in shown for shown in view.shown] == [False, False, True, False, False, False]
    assert "Warning" not in view.last


def test_router_stays_if_it_would_be_made_of_the_same(talk, settings, service) -> None:
    """Other settings close no connection."""
    routers = []

    talk(
        lambda chat: routers.append(chat.world.router),
        "One",
        lambda _: settings(hooks=adds("more")),
        "Two",
        lambda chat: routers.append(chat.world.router),
        lambda chat: routers.append(service.closed),
    )

    assert routers == [routers[0], routers[0], 0]


def test_old_connections_are_closed(talk, settings, service) -> None:
    """A router that is built anew leaves nothing open."""
    closed = []

    talk(
        "One",
        lambda _: settings(budgets={"day_usd": 5}),
        "Two",
        lambda _: closed.append(service.closed),
    )

    assert closed == [1]
    assert asked(service) == ["One", "Two"]


def test_budget_that_is_added_counts(talk, settings, service) -> None:
    """The next message may already be one too many."""
    prices = {"fake-model": {"input": 1000, "output": 1000}}
    settings(prices=prices)

    view = talk("One", lambda _: settings(prices=prices, budgets={"day_usd": 0.000001}), "Two")

    assert asked(service) == ["One"]
    assert "Error: " in view.last


def test_sessions_that_are_forbidden_are_stored_no_longer(talk, invoke, settings, service) -> None:
    """What was stored stays, and the conversation goes on in memory."""
    talk("One", lambda _: settings(sessions=False), "Two", "Three")

    (session,) = json.loads(invoke("sessions", "list", "--format", "json").stdout)["sessions"]
    assert session["turns"] == 1
    assert [message.text for message in service.calls[2].messages] == [
        "One",
        "Blue.",
        "Two",
        "Blue.",
        "Three",
    ]


def test_settings_count_although_ctrl_c_comes_while_they_are_read(
    talk, invoke, settings, fake
) -> None:
    """A message is stopped while old connections are closed for it; the next one is not stored."""
    chats = []

    class Closing(Service):
        async def aclose(self) -> None:
            await super().aclose()
            if self.closed == 1:
                chats[0].view.stop()
                await asyncio.sleep(0)

    service = fake(Closing(*["Blue."] * 9))

    def forbid(_: object) -> None:
        settings(sessions=False, budgets={"day_usd": 9})

    talk(chats.append, "One", forbid, "Two", "Three")

    (session,) = json.loads(invoke("sessions", "list", "--format", "json").stdout)["sessions"]
    assert session["turns"] == 1
    assert [call.messages[-1].text for call in service.calls] == ["One", "Three"]


def test_project_that_changes_is_untrusted_at_once(talk, project, service) -> None:
    """Its hooks do not run, and a line says once that nothing in it is used."""
    write_project(project, hooks=adds("theirs"))
    trust_project(project)

    def change(_) -> None:
        write_project(project, {".ollama/other.md": "new"})

    view = talk("One", change, "Two", "Three")

    assert asked(service) == ["One\n\ntheirs", "Two", "Three"]
    assert "has changed since it was trusted, so nothing in it is used" in view.shown[2]
    assert "Warning" not in view.shown[3]


def test_project_that_is_trusted_meanwhile_counts(talk, project, service) -> None:
    """What another terminal trusts counts from the next message."""
    write_project(project, hooks=adds("theirs"))

    view = talk("One", lambda _: trust_project(project), "Two")

    assert asked(service) == ["One", "Two\n\ntheirs"]
    assert f"the project {project} is trusted, and is used from now on\n" in view.last


def test_project_that_is_revoked_meanwhile_counts_no_longer(talk, project, service) -> None:
    """What another terminal revokes is not used for the next message."""
    write_project(project, hooks=adds("theirs"))
    trust_project(project)

    view = talk("One", lambda _: revoke(project), "Two")

    assert asked(service) == ["One\n\ntheirs", "Two"]
    assert "is not trusted, so nothing in it is used" in view.last


def test_project_that_is_gone_is_used_no_longer(talk, project, service) -> None:
    """Without its folder .ollama there is no project."""
    write_project(project, hooks=adds("theirs"))
    trust_project(project)

    view = talk("One", lambda _: shutil.rmtree(project / ".ollama"), "Two")

    assert asked(service) == ["One\n\ntheirs", "Two"]
    assert f"the project {project} is used no longer\n" in view.last


def test_broken_settings_of_the_user_save_no_project(talk, settings, project, service) -> None:
    """What the user's file said stays, and what the project said does not."""
    file = settings(hooks=adds("mine"))
    write_project(project, hooks=adds("theirs"))
    trust_project(project)

    def change(_) -> None:
        file.write_text("{")
        revoke(project)

    talk("One", change, "Two")

    assert asked(service) == ["One\n\nmine\n\ntheirs", "Two\n\nmine"]


def test_settings_that_no_router_takes_save_no_project(talk, settings, project, service) -> None:
    """What the user's file said stays, and a project that is revoked at once is not used."""
    settings(hooks=adds("mine"))
    write_project(project, hooks=adds("theirs"))
    trust_project(project)

    def change(_) -> None:
        settings(hooks=adds("mine"), budgets={"day_usd": "much"})
        revoke(project)

    talk("One", change, "Two")

    assert asked(service) == ["One\n\nmine\n\ntheirs", "Two\n\nmine"]


def test_nobody_is_asked_if_no_settings_are_left(talk, settings, project, service) -> None:
    """The user's own need those of a project that is gone; the chat goes on when that is mended."""
    settings(fallback_chain=5)
    write_project(project, fallback_chain=["fake"], hooks=adds("theirs"))
    trust_project(project)

    view = talk("One", lambda _: revoke(project), "Two", lambda _: settings(), "Three")

    assert asked(service) == ["One\n\ntheirs", "Three"]
    assert view.shown[2].count("Error: ") == 1


def test_project_that_is_revoked_runs_nothing_although_no_settings_are_left(
    talk, settings, project, service, tmp_path
) -> None:
    """The chat may be left then, and only what the user trusts is told."""
    ran = tmp_path / "ran"
    settings(fallback_chain=5)
    write_project(project, fallback_chain=["fake"], hooks=hooks(f"touch {ran}", "SessionEnd"))
    trust_project(project)

    talk(lambda _: revoke(project), "/quit")

    assert not ran.exists()


def test_variable_of_a_project_is_taken_back(talk, project, service, monkeypatch) -> None:
    """What its .env has set is gone with its trust; what the user has set stays."""
    monkeypatch.setenv("HF_TOKEN", "mine")
    monkeypatch.delenv("HF_BASE_URL", raising=False)
    write_project(project, {".env": "HF_TOKEN=theirs\nHF_BASE_URL=http://127.0.0.1:9/v1\n"})
    trust_project(project)
    seen = []

    def look(_) -> None:
        seen.append((os.environ.get("HF_TOKEN"), os.environ.get("HF_BASE_URL")))

    talk("One", look, lambda _: revoke(project), "Two", look)

    assert seen == [("mine", "http://127.0.0.1:9/v1"), ("mine", None)]


def test_variable_that_changes_builds_the_providers_anew(
    talk, project, service, monkeypatch
) -> None:
    """A provider that was built has the credential of before."""
    monkeypatch.delenv("HF_TOKEN", raising=False)
    write_project(project, {".env": "HF_TOKEN=one"})
    trust_project(project)
    tokens, routers = [], []

    def look(chat) -> None:
        tokens.append(os.environ.get("HF_TOKEN"))
        routers.append(chat.world.router)

    def change(_) -> None:
        write_project(project, {".env": "HF_TOKEN=two"})
        trust_project(project)

    talk("One", look, change, "Two", look, lambda _: revoke(project), "/model", look)

    assert tokens == ["one", "two", None]
    assert len({id(each) for each in routers}) == 3


def test_deleted_working_folder_is_told_once(talk, project, service) -> None:
    """The chat goes on without a project."""
    write_project(project, hooks=adds("theirs"))
    trust_project(project)

    view = talk("One", lambda _: shutil.rmtree(project), "Two", "Three")
    os.chdir(project.parent)

    assert asked(service) == ["One\n\ntheirs", "Two", "Three"]
    assert view.text.count("the working folder was deleted") == 1


def test_key_that_is_stored_meanwhile_counts(talk, monkeypatch, service) -> None:
    """What 'login' stores in another terminal is found at the next message."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    routers = []

    def keep(chat) -> None:
        routers.append(chat.world.router)

    view = talk(
        "One",
        keep,
        lambda _: store("hf", ["https://huggingface.co"], KEY),
        "Two",
        keep,
    )

    assert routers[0] is not routers[1]
    assert "the stored keys have changed, and count from now on\n" in view.last


def test_required_hooks_that_are_turned_off_are_told(talk, settings, service) -> None:
    """Nobody believes that they still guard."""
    guard = setting("PreRequest", hook("exit 2", required=True))
    settings(hooks=guard)

    view = talk("One", lambda _: settings(hooks=guard, disable_hooks=True), "Two")

    assert asked(service) == ["Two"]
    assert "Warning: 1 required hook is not run" in view.last


def test_script_of_a_hook_that_changes_is_not_run(talk, project, service, tmp_path) -> None:
    """A file that a hook of the project names is part of what was trusted."""
    script = project / "tools" / "hook.sh"
    command = f"sh {shlex.quote(str(script))}"
    write_project(project, {"tools/hook.sh": "exit 0"}, hooks=hooks(command))
    trust_project(project)
    ran = tmp_path / "ran"

    view = talk("One", lambda _: script.write_text(f"touch {ran}"), "Two")

    assert not ran.exists()
    assert "has changed since it was trusted" in view.last
    assert asked(service) == ["One", "Two"]
