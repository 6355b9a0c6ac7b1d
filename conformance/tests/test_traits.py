"""What a protocol cannot say or a provider does not claim is checked from its other side."""

from dataclasses import replace

import pytest
from provider_conformance import Harness, OpenAIWire, run
from provider_conformance.__main__ import main
from provider_conformance.wires import Traits
from provider_conformance.zoo import HARNESS, ReferenceProvider
from provider_sdk import Message, OpenAIDialect, UnsupportedCapabilityError

SEED = 7
GROUPS = ("CHAT", "OPTIONS", "TOOLS", "STREAM", "USAGE")


class Wire(OpenAIWire):
    """The reference's protocol with other traits."""

    def __init__(self, **traits: object) -> None:
        super().__init__()
        self.traits = replace(self.traits, **traits)


class _WithoutTemperature(OpenAIDialect):
    forbidden_sampling = frozenset({"temperature"})


class DropsTemperature(ReferenceProvider):
    """Knows that its service rejects a temperature."""

    dialect = _WithoutTemperature()


class RefusesChoices(ReferenceProvider):
    """Knows that its service has no word for a choice of tools."""

    async def chat(self, messages, model=None, stream=False, **options):
        """Answer unless a choice is made."""
        if options.get("tool_choice") not in (None, "auto"):
            raise UnsupportedCapabilityError("there is no choice of tools")
        return await super().chat(messages, model, stream, **options)


class Modest(ReferenceProvider):
    """Claims nothing."""

    capabilities = frozenset()


class StreamsWithoutUsage(ReferenceProvider):
    """Claims all but usage in streams."""

    capabilities = ReferenceProvider.capabilities - {"usage_in_stream"}


class AsksUnclaimed(StreamsWithoutUsage):
    """Asks for usage in streams without claiming it."""

    async def chat(self, messages, model=None, stream=False, **options):
        """Ask for usage all the same."""
        if stream:
            options["extra_body"] = {"stream_options": {"include_usage": True}}
        return await super().chat(messages, model, stream, **options)


def statuses(harness: Harness, *only: str) -> dict[str, str]:
    """Return the status of each check of these groups or ids."""
    report = run(harness, seed=SEED, only=only, driver="respx")
    return {result.id: result.status for result in report.results}


def test_plain_protocol():
    """A protocol that can say only what all can is held to nothing more."""
    wire = OpenAIWire()
    wire.traits = Traits()
    assert set(statuses(replace(HARNESS, wire=wire), *GROUPS).values()) == {"pass"}


def test_forbidden_sampling():
    """A parameter that the protocol forbids must be dropped with a warning, and that is enough."""
    harness = Harness(DropsTemperature, Wire(forbidden=frozenset({"temperature"})))
    assert set(statuses(harness, *GROUPS).values()) == {"pass"}


def test_choices_that_the_protocol_lacks():
    """A choice of tools that the protocol cannot say must be refused."""
    harness = Harness(RefusesChoices, Wire(tool_choices=frozenset({"auto"})))
    assert set(statuses(harness, "TOOLS").values()) == {"pass"}
    careless = statuses(replace(harness, provider=ReferenceProvider), "TOOLS")
    assert {id for id, status in careless.items() if status == "fail"} == {
        "PC-TOOLS-021",
        "PC-TOOLS-022",
    }


def test_media_types_that_the_protocol_lacks():
    """A protocol that does not name the type of an image is held to its bytes all the same."""

    class Untyped(Wire):
        def read_chat(self, request):
            chat = super().read_chat(request)
            return replace(chat, messages=[replace(m, images=_kept(m)) for m in chat.messages])

    def _kept(message):
        return [f"data:;{url.partition(';')[2]}" for url in message.images]

    class LosesImages(ReferenceProvider):
        async def chat(self, messages, model=None, stream=False, **options):
            """Send the text alone."""
            texts = [{**m, "content": Message.from_dict(m).text} for m in messages]
            return await super().chat(texts, model, stream, **options)

    harness = Harness(ReferenceProvider, Untyped(image_types=False))
    assert statuses(harness, "CHAT-006") == {"PC-CHAT-006": "pass"}
    careless = statuses(replace(harness, provider=LosesImages), "CHAT-006")
    assert careless == {"PC-CHAT-006": "fail"}


def test_counts_that_the_protocol_lacks():
    """Counts that the protocol cannot report are None, and the total is then the sum."""

    class Sparse(Wire):
        def whole(self, answer):
            return super().whole(_sparse(answer))

        def frames(self, answer, chat):
            return super().frames(_sparse(answer), chat)

    def _sparse(answer):
        usage = answer.usage and replace(answer.usage, total=None, cached=None, reasoning=None)
        running = [replace(usage, total=None) for usage in answer.running_usage]
        return replace(answer, usage=usage, running_usage=running)

    harness = Harness(ReferenceProvider, Sparse(counts=frozenset({"prompt", "completion"})))
    assert set(statuses(harness, "USAGE").values()) == {"pass"}


def test_nothing_claimed():
    """A provider that claims no capability passes what needs none and proves its refusals."""
    found = statuses(replace(HARNESS, provider=Modest), *GROUPS)
    assert set(found.values()) == {"pass", "refused"}
    assert found["PC-STREAM-001"] == found["PC-TOOLS-001"] == "refused"


def test_usage_in_streams_unclaimed():
    """A provider that does not claim usage in streams must not ask for it."""
    honest = statuses(replace(HARNESS, provider=StreamsWithoutUsage), "USAGE-002")
    assert honest == {"PC-USAGE-002": "refused"}
    asking = statuses(replace(HARNESS, provider=AsksUnclaimed), "USAGE-002")
    assert asking == {"PC-USAGE-002": "fail"}


MALFORMED = {
    "finish_words": [7, "stop", {"stop": 7}, {7: "stop"}, {"stop": ["a", 7]}, ["stop"], None],
    "refusals": [1, "yes", None],
    "text_arguments": ["stream", frozenset({"later"}), ["stream"]],
    "tool_choices": [frozenset({"auto", "maybe"}), "auto", True],
    "counts": [frozenset({"prompts"}), 5],
    "usage_flag": [7, b"flag", True],
    "forbidden": ["temperature", frozenset({7})],
    "keep_alive": ["ping", None],
    "nonsense": [{"chat": b"one"}, {"chat": ["text"]}, [b"one"]],
    "largest_seed": [True, 1.5, "7"],
    "model_facts": [frozenset({"name"}), ["name"], [frozenset({7})], 7],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in MALFORMED.items() for value in values]
)
def test_malformed_trait_is_refused(name, value):
    """A trait of another type is refused when it is set, in one sentence with its name."""
    with pytest.raises(TypeError, match=rf"^the trait {name} must be .+, not .+") as raised:
        Traits(**{name: value})
    assert "\n" not in str(raised.value)
    with pytest.raises(TypeError, match=f"the trait {name} "):
        replace(Traits(), **{name: value})


def test_malformed_trait_names_the_words_that_there_are():
    """A trait of fixed words lists them, and a huge value is cut."""
    with pytest.raises(TypeError, match="'cached', 'reasoning', not") as raised:
        Traits(counts=frozenset({"x" * 9999}))
    assert len(str(raised.value)) < 500


def test_harness_with_a_malformed_trait_is_wrong_usage(tmp_path, capsys):
    """The command says which trait it is, and where it is set."""
    file = tmp_path / "harness.py"
    file.write_text("from provider_conformance.wires import Traits\n\nTraits(finish_words=7)\n")
    assert main(["run", str(file)]) == 2
    said = capsys.readouterr().err
    assert "the trait finish_words must be Mapping[str, str | Sequence[str]], not 7" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("finish_words", {"stop": ("end", "eos"), "length": "max"}),
        ("forbidden", {"temperature"}),
        ("usage_flag", None),
        ("model_facts", [frozenset({"context_window"})]),
        ("nonsense", {"chat": (b"{}",)}),
    ],
)
def test_trait_may_have_any_form_of_its_type(name, value):
    """Lists and tuples, sets and frozen ones are accepted alike."""
    assert getattr(Traits(**{name: value}), name) == value
