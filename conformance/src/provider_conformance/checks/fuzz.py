"""FUZZ: what is read of a stream does not depend on how its bytes are cut and written."""

from __future__ import annotations

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.fuzzing import Fuzz, fewest_cuts, random_cuts, split_at
from provider_conformance.lab.reading import read_stream, require_whole
from provider_conformance.wires import FramingKind
from provider_conformance.wires._answer import Answer

_SOCKET_PARTITIONS = 12


def _short_answer(lab: Lab) -> Answer:
    """Return an answer of few bytes, one character of which has four."""
    return lab.answer(pieces=(f" {payload.word(lab.rng, 3)} 🙂\n",))


def _answer_with_call(lab: Lab) -> Answer:
    """Return an answer, with a tool call if the provider supports tools."""
    if "tools" not in lab.capabilities:
        return lab.answer()
    return lab.answer(calls=[payload.call(lab.rng)], finish="tool_calls")


@check("PC-FUZZ-001", needs=["streaming"])
async def one_cut_changes_nothing(lab: Lab) -> None:
    """A stream that arrives in two parts is the same, wherever it is cut.

    Rule: The bytes of a stream may be cut anywhere: inside events, lines, characters.
    Why: Networks cut where they like; a reader that takes each part for whole events loses text
    now and then, and only in production.
    How: Serves a short stream in two writes, cut after each of its bytes (on a socket after a
    sample of them), and compares text, calls, finish reason, usage and model with the uncut stream.
    Fix: Keep the bytes of an unfinished line until its end has come.
    """
    fuzz = await Fuzz.of(lab, _short_answer(lab))
    await fuzz.drop_redundant_events()
    for cut in fuzz.cuts():
        await fuzz.require_same(f"a stream that is cut at byte {cut}", split_at(fuzz.body, [cut]))


@check("PC-FUZZ-002", needs=["streaming"])
async def single_bytes_change_nothing(lab: Lab) -> None:
    """A stream that arrives byte by byte is the same.

    Rule: The bytes of a stream may be cut everywhere at once.
    Why: Slow links and some proxies deliver very small parts.
    How: Serves streams with text and a tool call, each byte in a write of its own (on a socket in
    small pieces).
    Fix: Keep the bytes of an unfinished line until its end has come, however many parts that takes.
    """
    for answer in (_short_answer(lab), _answer_with_call(lab)):
        fuzz = await Fuzz.of(lab, answer)
        await fuzz.require_same("a stream in single bytes", fuzz.small_writes(fuzz.body))


@check("PC-FUZZ-003", needs=["streaming"])
async def random_cuts_change_nothing(lab: Lab) -> None:
    """A stream that arrives in random parts, some of them empty, is the same.

    Rule: The bytes of a stream may arrive in parts of any size; an empty part is not the end.
    Why: Faults that need two cuts, or an empty read, hide from every simpler test.
    How: Cuts streams with text and a tool call at places that the seed chooses.
    Fix: Take nothing from the size of a part; only the end of the body ends the stream.
    """
    fuzz = await Fuzz.of(lab, _answer_with_call(lab))
    count = 60 if lab.driver.name == "respx" else _SOCKET_PARTITIONS
    for cuts in random_cuts(lab.rng, len(fuzz.body), count):
        if await fuzz.read_summary(split_at(fuzz.body, cuts)) != fuzz.expected:
            least = await fewest_cuts(fuzz, cuts)
            what = f"a stream that is cut at the bytes {', '.join(map(str, least))}"
            await fuzz.require_same(what, split_at(fuzz.body, least))


async def _require_same_in_framings(lab: Lab, kind: FramingKind) -> None:
    """Fail unless every framing of a kind reads the same, however it is cut.

    If the wire has no framing of the kind, the usual form is cut.
    """
    fuzz = await Fuzz.of(lab, _answer_with_call(lab))
    await fuzz.drop_redundant_events()
    framings = [f for f in lab.wire.framings(fuzz.events) if f.kind == kind]
    named = {framing.name: framing.events for framing in framings}
    for name, events in (named or {"the usual form": fuzz.events}).items():
        body = b"".join(events)
        await fuzz.require_same(f"a stream with {name}, event by event", events)
        await fuzz.require_same(f"a stream with {name}, in one write", [body])
        await fuzz.require_same(f"a stream with {name}, in single bytes", fuzz.small_writes(body))


@check("PC-FUZZ-004", needs=["streaming"])
async def line_ends_change_nothing(lab: Lab) -> None:
    """Every line end of the protocol is understood.

    Rule: Lines end as the protocol permits; for server-sent events by CR, LF or CRLF, also if
    CR and LF arrive apart.
    Why: Gateways rewrite line ends; a reader that looks for two LF waits for ever.
    How: Serves one stream with each line end, event by event, in one write and in single bytes.
    Fix: Split lines at all three, and remember a CR at the end of a part.
    """
    await _require_same_in_framings(lab, "line_ends")


@check("PC-FUZZ-005", needs=["streaming"])
async def padding_changes_nothing(lab: Lab) -> None:
    """Comments, keep-alives and fields without news are passed over.

    Rule: What the protocol permits between events, and means nothing, changes nothing.
    Why: Proxies send comments so that connections stay alive while a model thinks.
    How: Serves one stream with comments, blank lines, ids and retry times between its events.
    Fix: Drop comments and unknown fields; hand nothing to the JSON parser but data.
    """
    await _require_same_in_framings(lab, "padding")


@check("PC-FUZZ-006", needs=["streaming"])
async def folded_events_are_whole(lab: Lab) -> None:
    """An event that is written on several lines is one event.

    Rule: An event ends where the protocol says, not at the end of its first line; for server-sent
    events the data of several lines is joined.
    Why: Some servers send indented JSON.
    How: Serves one stream with the JSON of each event on several data lines.
    Fix: Collect data lines until the blank line, and join them with LF.
    """
    await _require_same_in_framings(lab, "folded")


@check("PC-FUZZ-007", needs=["streaming"])
async def byte_order_mark_changes_nothing(lab: Lab) -> None:
    """A byte order mark before the first event is passed over.

    Rule: One byte order mark may open a stream if the protocol permits it.
    Why: With it the first line is not a data line any more, and the first token is lost.
    How: Serves one stream after a byte order mark; its first event carries text.
    Fix: Drop EF BB BF at the very beginning.
    """
    await _require_same_in_framings(lab, "mark")


@check("PC-FUZZ-008", needs=["streaming"])
async def last_event_may_be_open(lab: Lab) -> None:
    """The last event counts although its end is missing.

    Rule: The end of the body ends the last event, also without a blank line or line end after it.
    Why: Many servers omit them; usage and finish reason stand in the last events.
    How: Serves one stream without what ends its last event, which is one that matters.
    Fix: At the end of the body decode what is still held back.
    """
    await _require_same_in_framings(lab, "open_end")


@check("PC-FUZZ-009", needs=["streaming"])
async def optional_space_may_be_missing(lab: Lab) -> None:
    """White space that the protocol makes optional may be missing.

    Rule: For server-sent events the space after the colon is optional.
    Why: Several servers omit it; a reader that looks for "data: " finds nothing.
    How: Serves one stream without it.
    Fix: Split at the colon, then drop one space if there is one.
    """
    await _require_same_in_framings(lab, "tight")


@check("PC-FUZZ-010", needs=["streaming"])
async def characters_may_be_cut(lab: Lab) -> None:
    """A character whose bytes arrive apart is one character.

    Rule: Text is decoded from whole characters, also those of two, three and four bytes.
    Why: Decoding each part by itself turns every cut emoji into question marks, or raises.
    How: Serves a text of such characters, cut within each of them at once and one after the other.
    Fix: Decode lines, not parts; or use an incremental decoder.
    """
    signs = lab.rng.sample("äßñœ漢字語日🙂🚀🧪🐍", 6)
    fuzz = await Fuzz.of(lab, lab.answer(pieces=("".join(signs[:3]), "".join(signs[3:]))))
    inside = [n for n, byte in enumerate(fuzz.body) if byte & 0xC0 == 0x80]
    for cuts in ([cut] for cut in inside):
        what = f"a stream that is cut within a character at byte {cuts[0]}"
        await fuzz.require_same(what, split_at(fuzz.body, cuts))
    await fuzz.require_same("a stream that is cut within all", split_at(fuzz.body, inside))


@check("PC-FUZZ-011", needs=["streaming"])
async def odd_line_separators_are_text(lab: Lab) -> None:
    """Characters that some take for line ends are text.

    Rule: U+0085, U+2028 and U+2029 end no line of a protocol; they are text as any other.
    Why: str.splitlines(), and readers built upon it, cut events there, and the rest is not JSON.
    How: Serves a text with these characters, as they are and not escaped.
    Fix: Split bytes at CR and LF; do not split decoded text.
    """
    provider, word = lab.provider(), payload.word
    await lab.must_succeed(provider, stream=True)
    for sign in "\x85\u2028\u2029":
        answer = lab.answer(pieces=(f"{word(lab.rng, 3)}{sign}{word(lab.rng, 3)}",))
        lab.service.reply_next(answer)
        require_whole(
            lab, f"a stream with {sign!a} in it", answer, await read_stream(lab, provider)
        )
