"""The code in an answer, without the text around it."""

from __future__ import annotations

from ollama_cli.terminal.markdown.fences import Fence, opened_fence

NO_CODE = "the answer has no code block; all of it is written"


class CodePage:
    """Lets through the first fenced code block, line by line; all of a text without one."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._line: list[str] = []
        self._kept: list[str] = []
        self._fence: Fence | None = None
        self._found = False

    def feed(self, text: str) -> str:
        """Return the lines of code that are complete."""
        if self._found:
            return ""
        first, *others = text.split("\n")
        self._line.append(first)
        shown = []
        for other in others:
            shown.append(self._take("".join(self._line) + "\n"))
            self._line = [other]
        return "".join(shown)

    def end(self) -> str:
        """Return an unfinished line of code, or a whole text without code."""
        line, self._line = "".join(self._line), []
        shown = self._take(f"{line}\n") if line else ""
        if self._fence is None and not self._found:
            self._found = True
            shown, self._kept = "".join(self._kept), []
            if shown:
                self.notes.append(NO_CODE)
        return shown

    def _take(self, line: str) -> str:
        if self._found:
            return ""
        if self._fence is None:
            self._kept.append(line)
            self._fence = opened_fence(line[:-1])
            if self._fence is not None:
                self._kept.clear()
            return ""
        if self._fence.is_closed_by(line[:-1]):
            self._found = True
            return ""
        return self._fence.content(line)


def code_blocks(text: str) -> list[str]:
    """Return the content of each fenced code block of a text, without the last line break."""
    blocks: list[list[str]] = []
    fence: Fence | None = None
    for line in text.split("\n"):
        if fence is None:
            fence = opened_fence(line)
            if fence is not None:
                blocks.append([])
        elif fence.is_closed_by(line):
            fence = None
        else:
            blocks[-1].append(fence.content(line))
    return ["\n".join(lines) for lines in blocks]
