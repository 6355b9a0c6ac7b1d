"""A fault in the author's wire is called that, with its place, and is not the provider's."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from provider_conformance import OpenAIWire, run
from provider_conformance.__main__ import main
from provider_conformance.wires import Frame, Framing, Reply, SeenChat
from provider_conformance.wires._checked import WireFaultError, checked
from provider_conformance.zoo import HARNESS

FILE = Path(__file__).name


class Raising(OpenAIWire):
    """Looks for a key that is not there, in the method that it is told."""

    def __init__(self, method):
        super().__init__()
        setattr(self, method, self._look)

    def _look(self, *arguments):
        return {}["no-such-key"]


def results_on(wire, only):
    """Return the results of a few checks on the reference with another wire."""
    return run(replace(HARNESS, wire=wire), seed=3, only=only).results


@pytest.mark.parametrize(
    ("method", "id"),
    [("route", "PC-CHAT-001"), ("whole", "PC-CHAT-001"), ("frames", "PC-STREAM-002"),
     ("failure", "PC-ERROR-001"), ("models", "PC-MODELS-001")],
)  # fmt: skip
def test_exception_of_a_wire_is_told_with_its_place(method, id):
    """A wire that raises is named with method, file and line, and its guide is the way on."""
    (result,) = results_on(Raising(method), [id])
    assert result.status == "error"
    place = rf"your wire raised KeyError in {method} \({FILE}:\d+\): 'no-such-key'"
    assert re.search(rf"^  actual    {place}$", result.message, re.MULTILINE)
    assert "  more      provider-conformance docs wire\n" in result.message
    assert "please report" not in result.message


class Named(OpenAIWire):
    """Returns what it is told from the method that it is told."""

    def __init__(self, method, result):
        super().__init__()
        self._method = method
        setattr(self, method, lambda *arguments: result)


CHAT = SeenChat("m", [], {}, stream=False)
WRONG = {
    "an unknown route": ("route", "chats", "one of chat, models, token, other, not 'chats'"),
    "a route that is no text": ("route", ["chat"], "one of chat"),
    "a credential of bytes": ("credential_of", b"t", "text or None, not b't'"),
    "no reply": ("whole", b"{}", "a Reply, not b'{}'"),
    "nothing": ("failure", None, "a Reply, not None"),
    "steps of text": ("whole", Reply(steps=("{}",)), "a Reply whose steps are bytes, not '{}'"),
    "a chat as a dict": ("read_chat", {}, "a SeenChat, not {}"),
    "a model that is none": ("read_chat", replace(CHAT, model=None), "SeenChat.model is None"),
    "stream as a word": ("read_chat", replace(CHAT, stream="no"), "SeenChat.stream is 'no'"),
    "messages as dicts": (
        "read_chat",
        replace(CHAT, messages=[{"role": "user"}]),
        "a SeenMessage with role and text for each message, not {'role': 'user'}",
    ),
    "a generator": ("frames", (x for x in ()), "a list of frames, not <generator"),
    "frames of bytes": ("frames", [b"x"], "a Frame, not b'x'"),
    "an unknown kind": ("frames", [Frame("stop", b"")], "the kind 'stop'"),
    "frames of text": ("frames", [Frame("end", "x")], "a Frame of bytes, not 'x'"),
    "no end": ("frames", [Frame("text", b"x")], "no frame has the kind finish or end"),
    "an end in the middle": (
        "frames",
        [Frame("end", b""), Frame("usage", b"")],
        "a frame stands after one of the kind end",
    ),
    "a failure that goes on": ("failure_frame", Frame("text", b""), "must be end, not text"),
    "no framings": ("framings", None, "a list of Framings, not None"),
    "framings as names": ("framings", ["CRLF"], "a Framing, not 'CRLF'"),
    "framings of text": (
        "framings",
        [Framing("line_ends", "CR", ["x"])],
        "Framings whose events are bytes, not ['x']",
    ),
    "described models as a list": ("described", ["m"], "a Reply, not ['m']"),
    "noise as bytes": ("noise", b": ping", "a list of frames, not b': ping'"),
}


@pytest.mark.parametrize(("method", "result", "words"), WRONG.values(), ids=WRONG)
def test_wrong_result_of_a_wire_is_told(method, result, words):
    """What a method returns against the guide is named, with the place of the method."""
    wire = checked(Named(method, result))
    with pytest.raises(WireFaultError) as caught:
        getattr(wire, method)(None)
    said = str(caught.value)
    assert re.match(rf"your wire is wrong in {method} \({FILE}:\d+\): ", said)
    assert words in said


def test_huge_result_of_a_wire_is_clipped():
    """What a wire returns wrongly is quoted in part."""
    with pytest.raises(WireFaultError) as caught:
        checked(Named("whole", b"x" * 10**7)).whole(None)
    assert len(str(caught.value)) < 500


def test_wire_that_is_right_is_passed_through():
    """Attributes and results of a wire without faults are the wire's own."""
    wire = OpenAIWire()
    assert checked(wire).traits is wire.traits
    assert checked(wire).models(["a"], None) == wire.models(["a"], None)


def test_unreadable_request_is_the_providers():
    """What ``read_chat`` raises for an invalid request is no fault of the wire."""
    with pytest.raises(KeyError):
        checked(Raising("read_chat")).read_chat(None)


def test_fault_in_reading_a_request_names_its_line():
    """An exception in ``read_chat`` that may be the wire's own is told with its place."""
    (result,) = results_on(Raising("read_chat"), ["PC-CHAT-001"])
    assert re.search(
        rf"unreadable request: 'no-such-key' is missing \({FILE}:\d+\)", result.message
    )


def test_wire_fault_in_a_check_itself_is_the_wires():
    """A wire that a check asks directly, such as for the request, is named all the same."""

    class ReadsTwice(OpenAIWire):
        def __init__(self):
            super().__init__()
            self._count = 0

        def read_chat(self, request):
            self._count += 1
            return super().read_chat(request) if self._count == 1 else None

    (result,) = results_on(ReadsTwice(), ["PC-CHAT-002"])
    assert result.status == "error"
    assert "your wire is wrong in read_chat" in result.message


def test_fault_of_the_wire_is_mended_first(tmp_path, capsys):
    """``run`` shows a broken wire once, as the first cause, before all that it makes fail."""
    (tmp_path / "wire.py").write_text(
        "from provider_conformance import OpenAIWire\n\n\n"
        "class OwnWire(OpenAIWire):\n"
        "    def frames(self, answer, chat):\n"
        "        return {}['delta']\n"
    )
    (tmp_path / "harness.py").write_text(
        "from dataclasses import replace\n"
        "from provider_conformance.zoo import HARNESS as REFERENCE\n"
        "from .wire import OwnWire\n"
        "HARNESS = replace(REFERENCE, wire=OwnWire())\n"
    )
    assert main(["run", str(tmp_path / "harness.py"), "--only", "STREAM", "CHAT-001"]) == 1
    said = capsys.readouterr().out
    assert said.count("  actual    your wire raised KeyError in frames (wire.py:6): 'delta'") == 1


def test_traits_of_another_type_are_refused():
    """A wire whose traits are not ``Traits`` is told so before any check runs."""

    class Untold(OpenAIWire):
        def __init__(self):
            self.traits = None

    with pytest.raises(TypeError, match=r"the wire's traits must be Traits\(…\), not None"):
        replace(HARNESS, wire=Untold())
