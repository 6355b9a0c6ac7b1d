"""The messages that users can see, by the class of the error, each with its hint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tools.site.page import Page
from tools.site.reference.markdown import code, page, table
from tools.site.reference.messages import HINT, KIT, PART, WARNING, Message, messages

_INSERTED = "`{path}` or `{…}` is where something is inserted."
_LAST = {
    WARNING: (
        "Notes and warnings",
        "They go to standard error, and do not change the exit code; in Python they are warnings.",
    ),
    PART: ("Reasons and notes", "What stands within another message, or follows one."),
    HINT: ("Hints", "What follows a message, if it is not in the tables above."),
}

FOLDER = "reference"


def pages() -> Iterable[Page]:
    """Yield the page of the command, the SDK and the providers, then that of the kit."""
    found = messages()
    users = [each for each in found if not each.source.startswith(KIT)]
    yield Page(f"{FOLDER}/messages.md", _page(users))
    kit = [each for each in found if each.source.startswith(KIT)]
    yield Page(f"{FOLDER}/provider-conformance/messages.md", _kit_page(kit))


def _page(found: list[Message]) -> str:
    ending = sorted({(each.code, each.kind) for each in found if each.code is not None})
    others = sorted({each.kind for each in found if each.code is None} - _LAST.keys())
    return page(
        "# Error messages",
        "Every message of `ollama-cli`, the SDK and the providers, by exit code and class of the "
        "error. [Troubleshooting](../troubleshooting.md) says what to do about the usual ones.",
        f"{_INSERTED} What a service says of an error is shown as it came, without control "
        "characters and credentials. Wrong usage that the library click notices, such as "
        "`No such option`, is exit code 2, too.",
        *(
            part
            for number, kind in ending
            for part in (
                f"## `{kind}`",
                f"Exit code {number}.",
                _table(each for each in found if each.kind == kind and each.code == number),
            )
        ),
        *_rest(found),
        "## Other exceptions of Python",
        "A wrong argument in Python is one of these. In the command they are the reason within "
        "another message.",
        *(
            part
            for kind in others
            for part in (f"### `{kind}`", _table(each for each in found if each.kind == kind))
        ),
    )


def _kit_page(found: list[Message]) -> str:
    kinds = sorted({each.kind for each in found} - _LAST.keys())
    unusable = [each for each in found if each.code is not None]
    others = [each for each in found if each.code is None and each.kind in kinds]
    return page(
        "# Messages of provider-conformance",
        "What the kit says if it cannot do what was asked. What a check finds in a provider is in "
        "the report and on the page of the check.",
        f"{_INSERTED} Wrong arguments that argparse notices are exit code 2, too.",
        "## Exit code 2",
        "One line on standard error, after `provider-conformance: `.",
        _table(unusable),
        "## Other exceptions",
        _table(others),
        *_rest(found),
    )


def _rest(found: list[Message]) -> Iterator[str]:
    for kind, (title, what) in _LAST.items():
        if rows := [each for each in found if each.kind == kind]:
            yield f"## {title}"
            yield what
            yield _table(rows)


def _table(rows: Iterable[Message]) -> str:
    found = list(rows)
    if any(each.hints for each in found):
        return table(
            ("message", "hint", "said in"),
            ((code(each.text), _hints(each), code(each.source)) for each in found),
        )
    return table(("message", "said in"), ((code(each.text), code(each.source)) for each in found))


def _hints(message: Message) -> str:
    return " or ".join(map(code, message.hints)) or "-"
