"""``python -m tools.diagrams``: draw the diagrams of ``docs/architecture.md``.

They are 360 wide, as a telephone is, and have the colour of the text around them, so that they
can be read in a light and in a dark scheme. The page includes them as they are, for the title and
the description to reach those who listen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[1] / "docs" / "assets" / "diagrams"
WIDTH = 360
LINE = 16
HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"
 aria-labelledby="{name}-title {name}-desc" style="width:480px;max-width:100%"
 font-family="system-ui, sans-serif" font-size="12" fill="currentColor" text-anchor="middle">
<title id="{name}-title">{title}</title>
<desc id="{name}-desc">{description}</desc>
<defs><marker id="{name}-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
 orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
"""


class Box(NamedTuple):
    """A rectangle with lines of text, the first of which is its name."""

    x: int
    y: int
    width: int
    lines: Sequence[str]

    @property
    def height(self) -> int:
        """How high it is."""
        return LINE * len(self.lines) + 12

    @property
    def bottom(self) -> int:
        """Where it ends."""
        return self.y + self.height

    @property
    def middle(self) -> int:
        """The middle of its width."""
        return self.x + self.width // 2

    def draw(self) -> Iterator[str]:
        """Yield its elements."""
        yield (
            f'<rect x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" rx="4"'
            ' fill-opacity="0.07" stroke="currentColor"/>'
        )
        for number, line in enumerate(self.lines):
            weight = "" if number else ' font-weight="bold"'
            y = self.y + LINE * (number + 1) + 1
            yield f'<text x="{self.middle}" y="{y}"{weight}>{escape(line)}</text>'


class Arrow(NamedTuple):
    """A line with a tip; ``relation`` says between which two, for tests."""

    name: str
    start: tuple[int, int]
    end: tuple[int, int]
    relation: tuple[str, str] | None = None
    dashed: bool = False

    def draw(self) -> Iterator[str]:
        """Yield its element."""
        (x, y), (to_x, to_y) = self.start, self.end
        dashes = ' stroke-dasharray="4 3"' if self.dashed else ""
        says = 'data-from="{}" data-to="{}" '.format(*self.relation) if self.relation else ""
        yield (
            f'<path {says}d="M{x} {y} {to_x} {to_y}" fill="none" stroke="currentColor"{dashes}'
            f' marker-end="url(#{self.name}-tip)"/>'
        )


class Label(NamedTuple):
    """A text without a box."""

    x: int
    y: int
    text: str

    def draw(self) -> Iterator[str]:
        """Yield its element."""
        yield f'<text x="{self.x}" y="{self.y}" font-size="11">{escape(self.text)}</text>'


def drawing(
    name: str, height: int, title: str, description: str, parts: Sequence[Box | Arrow | Label]
) -> str:
    """Return the text of a diagram."""
    head = HEAD.format(
        name=name, width=WIDTH, height=height, title=title, description=escape(description)
    )
    body = "\n".join(element for part in parts for element in part.draw())
    return f"{head}{body}\n</svg>\n"


def components() -> str:
    """Draw who imports whom."""
    name = "components"
    cli = Box(2, 8, 112, ("cli", "ollama-cli:", "the command"))
    providers = Box(124, 8, 112, ("providers", "hf, claude, …", "and yours"))
    kit = Box(246, 8, 112, ("conformance", "the kit:", "checks, wires"))
    sdk = Box(2, 130, 356, ("sdk", "the contract, HTTP, router, accounting"))
    arrows = [
        Arrow(name, (each.middle, each.bottom), (each.middle, sdk.y - 1), (each.lines[0], "sdk"))
        for each in (cli, kit)
    ]
    down = Arrow(name, (164, providers.bottom), (164, sdk.y - 1), ("providers", "sdk"))
    up = Arrow(name, (196, sdk.y), (196, providers.bottom + 1), dashed=True)
    labels = [
        Label(92, 100, "imports"),
        Label(240, 90, "found by"),
        Label(240, 104, "entry point"),
    ]
    return drawing(
        name,
        sdk.bottom + 4,
        "The parts of the workspace and their imports",
        "The command, the providers and the conformance kit import the SDK. The SDK imports none "
        "of them: it finds providers at run time, by their entry points.",
        [cli, providers, kit, sdk, *arrows, down, up, *labels],
    )


REQUEST = (
    (("Command", "settings, prompt, files"), ("Command", "shows, stores, exits")),
    (("Router", "who answers"), ("Router", "asks the next, counts")),
    (("Provider", "checks, deadline"), ("Provider", "completes errors")),
    (("Dialect", "writes the request"), ("Dialect", "reads what came")),
    (("Session", "adds the credential"), ("Session", "tries again")),
    (("Transport", "proxy, TLS, connection"), ("Transport", "bytes as they arrive")),
)


def request() -> str:
    """Draw the way of one request, and of its answer."""
    name, step = "request", 66
    down = [Box(2, 28 + step * at, 168, here) for at, (here, _) in enumerate(REQUEST)]
    up = [Box(190, 28 + step * at, 168, back) for at, (_, back) in enumerate(REQUEST)]
    service = Box(2, 28 + step * len(REQUEST), 356, ("the service",))
    arrows = [
        Arrow(name, (box.middle, box.bottom), (box.middle, below.y - 1))
        for box, below in zip(down, [*down[1:], service], strict=True)
    ]
    for box, below in zip(up, [*up[1:], service], strict=True):
        arrows.append(Arrow(name, (box.middle, below.y), (box.middle, box.bottom + 1)))
    labels = [Label(86, 18, "the request goes down"), Label(274, 18, "the answer comes up")]
    said = " ".join(
        f"{there[0]}: {there[1]}; on the way back: {back[1]}." for there, back in REQUEST
    )
    return drawing(
        name,
        service.bottom + 4,
        "The way of one request and of its answer",
        f"Six layers that the data passes, first down and then up. {said}",
        [*down, *up, service, *arrows, *labels],
    )


LAYERS = (
    ("an argument or an option", "of one call or command"),
    ("an environment variable", "or the .env of a trusted project"),
    ("the project's settings", "if you trust the project"),
    ("your settings", "settings.json"),
    ("the session", "who answered in it before"),
    ("the default", "of the class, or of the SDK"),
)


def settings() -> str:
    """Draw the places that a setting may come from."""
    name, step = "settings", 62
    boxes = [Box(50, 8 + step * at, 260, lines) for at, lines in enumerate(LAYERS)]
    arrows = [
        Arrow(name, (box.middle, box.bottom), (box.middle, below.y - 1))
        for box, below in pairwise(boxes)
    ]
    return drawing(
        name,
        boxes[-1].bottom + 4,
        "The layers of settings",
        "The first of these that says something counts: "
        + "; ".join(", ".join(lines) for lines in LAYERS)
        + ".",
        [*boxes, *arrows],
    )


def chat() -> str:
    """Draw what the chat works with."""
    name = "chat"
    view = Box(2, 8, 356, ("View", "screen: a terminal; lines: else", "takes entries, shows all"))
    middle = Box(2, 132, 168, ("Chat", "one entry at a time"))
    commands = Box(190, 132, 168, ("slash commands", "read and change it"))
    turn = Box(2, 246, 168, ("a turn", "question, hooks, call,", "stored answer"))
    world = Box(190, 246, 168, ("World", "settings, router,", "hooks"))
    return drawing(
        name,
        turn.bottom + 4,
        "The parts of the chat",
        "The view takes entries and gives them to the chat, which shows by it what happens. The "
        "chat runs slash commands, which change it, and takes a turn for each message. Each turn "
        "works with the world: the settings, the router and the hooks.",
        [
            *(view, middle, commands, turn, world),
            Arrow(name, (60, view.bottom), (60, middle.y - 1)),
            Arrow(name, (112, middle.y), (112, view.bottom + 1)),
            Label(32, 104, "entries"),
            Label(160, 104, "what happens"),
            Arrow(name, (170, middle.y + 14), (commands.x - 1, middle.y + 14)),
            Arrow(name, (190, middle.y + 30), (middle.x + middle.width + 1, middle.y + 30)),
            Arrow(name, (middle.middle, middle.bottom), (turn.middle, turn.y - 1)),
            Label(122, 214, "messages"),
            Arrow(name, (170, turn.y + 28), (world.x - 1, turn.y + 28)),
        ],
    )


DIAGRAMS = {"components": components, "request": request, "settings": settings, "chat": chat}


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in DIAGRAMS.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
