"""``/provider``, ``/model``, ``/effort``, ``/think`` and ``/system``: who answers, and how."""

import pytest
from ollama_cli.chat.commands.effort import LEVELS
from ollama_cli.completion.known import known_models, remember_models
from provider_sdk import ProviderUnavailableError, checked_options
from provider_sdk.testing import FakeProvider

ACME = {"acme": {"base_url": "https://acme.invalid/v1", "api_key_env": "ACME_KEY"}}


class Simple(FakeProvider):
    """A provider that knows no effort."""

    capabilities = FakeProvider.capabilities - {"reasoning"}


class Service(FakeProvider):
    """Serves several chats, each of which closes its provider."""

    async def aclose(self) -> None:
        """Stay open for the next chat."""


def texts(call) -> list[str]:
    """Return the text of each message of a call."""
    return [message.text for message in call.messages]


def test_provider_alone_lists_who_could_answer(talk, fake, settings) -> None:
    """Each provider is a line: the one that answers is marked, and a missing key is told."""
    settings(providers=ACME)
    fake(FakeProvider())

    lines = talk("/provider").last.splitlines()

    assert next(line for line in lines if "fake" in line).startswith("* fake")
    acme = next(line for line in lines if "acme" in line)
    assert acme.split(maxsplit=1) == [
        "acme",
        "no key: set ACME_KEY, or run 'ollama-cli login acme'",
    ]
    assert lines[-1] == "fake answers with fake-model, as --provider says"


def test_next_turn_goes_to_the_other_provider_with_the_conversation(talk, fake) -> None:
    """After ``/provider`` the other one is sent all that was said."""
    fake(FakeProvider("Blue."))
    other = fake(FakeProvider("Wet.", default_model="other-model"), "other")

    view = talk("Why?", "/provider other", "And the sea?")

    assert view.shown[2] == "other answers with other-model, as /provider says\n"
    assert texts(other.calls[0]) == ["Why?", "Blue.", "And the sea?"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("acme", "ACME_KEY is not set. Set it, or store a key with 'ollama-cli login acme'."),
        ("othr", "no provider is called 'othr'; did you mean 'other'?"),
        ("a b", "no provider is called 'a b'; there are acme, "),
        ("a\x1b[2Jb", "no provider is called 'ab'; there are acme, "),
    ],
)
def test_provider_that_cannot_answer_changes_nothing(talk, fake, settings, name, message) -> None:
    """A line says what to do, and the same provider answers."""
    settings(providers=ACME)
    service = fake(FakeProvider("Blue."))

    view = talk(f"/provider {name}", "Why?")

    assert message in view.shown[1]
    assert view.shown[1].count("\n") == 1
    assert len(service.calls) == 1


def test_provider_default_is_that_of_the_settings(talk, fake, settings) -> None:
    """``/provider default`` takes back what was chosen."""
    settings(provider="other")
    fake(FakeProvider())
    fake(FakeProvider(), "other")

    view = talk("/provider default", provider="fake")

    assert "other answers with fake-model, as the setting 'provider' says" in view.last


def test_switch_of_the_provider_leaves_the_model_of_the_other_behind(talk, fake) -> None:
    """A model of one provider is not asked of the next."""
    fake(FakeProvider())
    other = fake(FakeProvider("A"), "other")

    talk("/model fake/special", "/provider other", "Why?")

    assert other.calls[0].model == "fake-model"


def test_answer_that_fails_leaves_the_way_to_another(talk, fake) -> None:
    """A provider that is down is one line, and the next message goes elsewhere."""
    fake(FakeProvider(ProviderUnavailableError("it is down")))
    other = fake(FakeProvider("Blue."), "other")

    view = talk("Why?", "/provider other", "Why?")

    assert "it is down" in view.shown[1]
    assert view.shown[1].count("\n") == 1
    assert len(other.calls) == 1


def test_model_is_asked_from_now_on(talk, fake) -> None:
    """``/model ID`` asks the same provider for another model."""
    service = fake(FakeProvider("A"))

    view = talk("/model special", "Why?")

    assert view.shown[1] == "fake answers with special, as --provider says\n"
    assert service.calls[0].model == "special"


@pytest.mark.parametrize("name", ["other/special", "quick"])
def test_model_may_name_its_provider(talk, fake, settings, name) -> None:
    """``PROVIDER/MODEL`` and an alias switch the provider, too."""
    settings(aliases={"quick": "other/special"})
    fake(FakeProvider())
    other = fake(FakeProvider("A"), "other")

    view = talk(f"/model {name}", "Why?")

    assert other.calls[0].model == "special"
    assert view.shown[1].startswith("other answers with special, as ")


def test_model_default_takes_the_choice_back(talk, fake) -> None:
    """``/model default`` asks for the provider's own choice."""
    service = fake(FakeProvider("A"))

    talk("/model special", "/model default", "Why?")

    assert service.calls[0].model == "fake-model"


def test_model_alone_asks_for_the_list_once(talk, fake) -> None:
    """The list is asked for, kept for completion, and shown from there afterwards."""
    service = fake(FakeProvider(models=["fake-model", "large"]))

    def gone(_) -> None:
        service.models = []

    view = talk("/model", gone, "/model")

    assert view.shown[1] == (
        "fake answers with fake-model, as --provider says\nasking fake for its models\n"
        "* fake-model\n  large\n"
    )
    assert view.shown[2].endswith(
        "* fake-model\n  large\nas listed before; /model refresh asks again\n"
    )
    assert known_models() == {"fake": ["fake-model", "large"]}


def test_model_refresh_asks_again(talk, fake) -> None:
    """A list that has changed is shown as it is now."""
    service = fake(FakeProvider(models=["old"]))

    def changes(_) -> None:
        service.models = ["new"]

    view = talk("/model", changes, "/model refresh")

    assert "  new\n" in view.last
    assert "old" not in view.last


def test_long_list_is_cut_to_a_screen(talk, fake) -> None:
    """Most of a long list is counted only; the model that answers is among those shown."""
    ids = [f"m{number}" for number in range(300)]
    fake(FakeProvider(models=ids, default_model="m299"))

    view = talk("/model")

    shown = [line for line in view.last.splitlines() if line[2:] in ids]
    assert len(shown) <= 30
    assert shown[-1] == "* m299"
    assert view.last.endswith(
        f"{300 - len(shown)} more; /model PART shows those with it in their names\n"
    )


def test_part_of_names_shows_these(talk, fake) -> None:
    """A part that several models have in their names changes nothing, and lists them."""
    service = fake(FakeProvider("A", models=["org/Large-1", "org/large-2", "small"]))

    view = talk("/model", "/model large", "Why?")

    assert view.shown[2] == (
        "  org/Large-1\n  org/large-2\nno model is called 'large'; these have it in their names\n"
    )
    assert service.calls[0].model == "fake-model"


@pytest.mark.parametrize("listed", ["llama:latest", "llama-20250929", "llama-2025-09-29", "llama"])
def test_name_without_tag_or_date_is_a_name(talk, fake, listed) -> None:
    """A service's list may have a tag or a date after the name that people use."""
    service = fake(FakeProvider("A", models=[listed, "llama-guard"]))

    talk("/model", "/model llama", "Why?")

    assert service.calls[0].model == "llama"


def test_model_that_was_not_listed_is_taken_with_a_line(talk, fake) -> None:
    """Lists are not complete, so the name is used, and what may have been meant is told."""
    service = fake(FakeProvider("A", models=["fake-model", "large"]))

    view = talk("/model", "/model largo", "Why?")

    assert view.shown[2] == (
        "fake answers with largo, as --provider says\n"
        "fake did not list such a model; did you mean 'large'?\n"
    )
    assert service.calls[0].model == "largo"


def test_name_with_spaces_is_a_mistake(talk, fake) -> None:
    """A sentence after ``/model`` changes nothing."""
    service = fake(FakeProvider("A"))

    view = talk("/model is a word", "Why?")

    assert "the name of a model has no spaces" in view.shown[1]
    assert service.calls[0].model == "fake-model"


def test_list_that_cannot_be_read_is_one_line(talk, fake) -> None:
    """The failure is told, and the chat goes on."""

    class Down(FakeProvider):
        async def fetch_models(self):
            raise ProviderUnavailableError("it is down")

    fake(Down("A"))

    view = talk("/model", "Why?")

    assert "Error: it is down" in view.shown[1]
    assert view.last == "A\n"


def test_names_of_models_write_nothing_to_the_terminal(talk, fake) -> None:
    """Control characters in a service's list are not shown."""
    fake(FakeProvider(models=["a\x1b[2Jb\rc"]))

    view = talk("/model")

    assert "\x1b" not in view.text
    assert "\r" not in view.text


def test_models_are_offered_for_completion(talk, fake, settings) -> None:
    """Aliases and models follow ``/model``; those of other providers have their names before."""
    settings(aliases={"quick": "other/special"})
    fake(FakeProvider())
    offered = []

    def look(chat) -> None:
        remember_models("fake", ["fake-model"])
        remember_models("other", ["special"])
        offered.append(chat.values_of("model"))

    talk(look)

    assert offered[0]["quick"] == "other/special"
    assert {"fake-model", "other/special", "default"} <= offered[0].keys()
    assert "special" not in offered[0]


def test_providers_are_offered_for_completion(talk, fake, settings) -> None:
    """Installed providers and those of the settings follow ``/provider``."""
    settings(providers=ACME)
    fake(FakeProvider())
    offered = []

    talk(lambda chat: offered.append(chat.values_of("provider")))

    assert {"acme", "fake", "other", "hf", "default"} <= offered[0].keys()


def test_effort_goes_with_the_next_calls(talk, fake) -> None:
    """``/effort LEVEL`` is an option of the calls that follow, and ``default`` takes it back."""
    service = fake(FakeProvider("A", "B"))

    view = talk("/effort high", "One", "/effort default", "Two")

    assert view.shown[1] == "effort: high\n"
    assert service.calls[0].options["reasoning_effort"] == "high"
    assert view.shown[3] == "effort: left to the service\n"
    assert "reasoning_effort" not in service.calls[1].options


def test_wrong_effort_changes_nothing(talk, fake) -> None:
    """A level that does not exist is one line with the nearest."""
    fake(FakeProvider())

    view = talk("/effort low", "/effort hgh", "/effort")

    assert view.shown[2] == "Error: 'hgh' is not a level; did you mean 'high'?\n"
    assert view.last == "effort: low\n"


def test_level_of_a_service_of_its_own_is_taken(talk, fake) -> None:
    """Services add levels, so a word that is like no level is sent, and a line says so."""
    service = fake(FakeProvider("A"))

    view = talk("/effort ultra", "Why?")

    assert view.shown[1] == (
        "effort: ultra\nthis level is not known here; the service takes or rejects it\n"
    )
    assert service.calls[0].options["reasoning_effort"] == "ultra"


def test_effort_is_left_out_for_a_provider_that_knows_none(talk, fake) -> None:
    """After a switch a line says so, the provider is asked without it, and it comes back."""
    fake(FakeProvider("A"))
    other = fake(Simple("B"), "other")

    view = talk("/effort high", "/provider other", "Why?", "/effort", "/provider fake", "/effort")

    assert view.shown[2].endswith("other knows no effort, so 'high' is left out for it\n")
    assert "reasoning_effort" not in other.calls[0].options
    assert view.shown[4] == "effort: high, but left out for other\n"
    assert view.last == "effort: high\n"


def test_every_level_is_one_of_the_sdk() -> None:
    """What is offered is what a call takes."""
    for level in LEVELS:
        assert checked_options({"reasoning_effort": level})


def test_think_shows_reasoning(talk, fake) -> None:
    """``/think show`` shows what the model thought, and ``/think hide`` hides it."""
    from provider_sdk import ChatResponse

    thought = ChatResponse(text="Blue.", reasoning="Light scatters.")
    fake(FakeProvider(thought, thought))

    view = talk("/think show", "Why?", "/think hide", "Why?")

    assert "Light scatters." in view.shown[2]
    assert "Light scatters." not in view.shown[4]


def test_system_prompt_counts_from_now_on(talk, fake) -> None:
    """It is sent with the messages that follow, until it is taken away."""
    service = fake(FakeProvider("A", "B", "C"))

    talk("One", "/system Be brief.", "Two", "/system -", "Three")

    roles = [[message.role for message in call.messages] for call in service.calls]
    assert roles[0][0] == "user"
    assert texts(service.calls[1])[0] == "Be brief."
    assert roles[2][0] == "user"


def test_system_prompt_is_kept_with_the_session(talk, fake) -> None:
    """A chat that goes on has it, or has it no more."""
    service = fake(Service("A", "B"))

    talk("/system Be brief.", "One")
    kept = talk("/system", newest=True)
    talk("/system -", "Two", newest=True)
    gone = talk("/system", newest=True)

    assert kept.last == "system prompt: Be brief.\n"
    assert gone.last == "no system prompt\n"
    assert [message.role for message in service.calls[-1].messages] == ["user", "assistant", "user"]


def test_loaded_session_has_its_own_system_prompt(talk, fake) -> None:
    """What was set in one session does not come along into another."""
    service = fake(Service("A", "B"))
    first = talk("/system Be brief.", "One").chat
    assert first is not None
    id = first.session.id

    talk("/system Be long.", f"/load {id}", "Two")

    assert texts(service.calls[1]) == ["Be brief.", "One", "A", "Two"]


def test_system_prompt_is_shown_without_escapes(talk, fake) -> None:
    """What is shown of it cannot write to the terminal."""
    fake(FakeProvider())

    assert "\x1b" not in talk("/system a\x1b[2Jb").last
