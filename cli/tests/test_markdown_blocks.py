"""The blocks of Markdown, as it arrives."""

import pytest
from ollama_cli.terminal.markdown.blocks import LONGEST_ROW, LONGEST_START, BlockSplitter
from ollama_cli.terminal.markdown.sink import Block


class Record:
    """Notes what it is told, one line each."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def begin(self, block: Block) -> None:
        """Note its facts."""
        quotes = ">" * block.quotes
        facts = (block.indent or "", block.marker, block.level or "", block.align)
        self.told.append(f"{quotes}{block.kind} {' '.join(str(fact) for fact in facts if fact)}:")

    def text(self, text: str) -> None:
        """Note the text."""
        self.told[-1] += text

    def end_line(self) -> None:
        """Note nothing: the text tells its lines."""

    def row(self, row: list[str]) -> None:
        """Note the row."""
        self.told[-1] += f"{row}"

    def end(self, last_line: str) -> None:
        """Note the end."""
        self.told[-1] += f"={last_line}" if last_line else "="

    def blank(self, quotes: int) -> None:
        """Note the quotes."""
        self.told.append(">" * quotes)

    def rule(self, quotes: int) -> None:
        """Note it."""
        self.told.append(">" * quotes + "rule")


def blocks(text: str) -> list[str]:
    """Return what is told, which the pieces do not change."""
    records = []
    for pieces in ([text], text):
        record = Record()
        splitter = BlockSplitter(record)
        for piece in pieces:
            splitter.feed(piece)
        splitter.end()
        records.append(record.told)
    assert records[0] == records[1]
    return records[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\nb", ["paragraph :a\nb="]),
        ("a\n\nb\n", ["paragraph :a=", "", "paragraph :b="]),
        ("# a\nb", ["heading 1:a=", "paragraph :b="]),
        ("###### a", ["heading 6:a="]),
        ("####### a", ["paragraph :####### a="]),
        ("#hash", ["paragraph :#hash="]),
        ("#", ["heading 1:="]),
        ("---", ["rule"]),
        ("a\n* * *\nb", ["paragraph :a=", "rule", "paragraph :b="]),
        ("--", ["paragraph :--="]),
        ("**a** b", ["paragraph :**a** b="]),
        ("-a", ["paragraph :-a="]),
        ("- a\n- b", ["item -:a=", "item -:b="]),
        ("- a\n  b\n  - c", ["item -:a\nb=", "item 2 -:c="]),
        ("+ a", ["item +:a="]),
        ("1. a\n2) b", ["item 1.:a=", "item 2):b="]),
        ("-", ["item -:="]),
        ("1.5 is", ["paragraph :1.5 is="]),
        ("in\n1986. What", ["paragraph :in\n1986. What="]),
        ("first\n1. a", ["paragraph :first=", "item 1.:a="]),
        ("1234567890. a", ["paragraph :1234567890. a="]),
        ("- a\n\n  b\n\nc", ["item -:a=", "", "paragraph 2:b=", "", "paragraph :c="]),
        ("- a\n\n      b", ["item -:a=", "", "paragraph 6:b="]),
        ("> a\n> b", [">paragraph :a\nb="]),
        (">a\n>\n>> b", [">paragraph :a=", ">", ">>paragraph :b="]),
        ("> - a\nb", [">item -:a=", "paragraph :b="]),
        ("```py\na\n```\nb", ["code ```py:a\n=```", "paragraph :b="]),
        ("```\na", ["code ```:a\n="]),
        ("```\n``\n````", ["code ```:``\n=````"]),
        ("~~~\n```\n~~~", ["code ~~~:```\n=~~~"]),
        ("````\n```\n````", ["code ````:```\n=````"]),
        ("```a`b\nc", ["paragraph :```a`b\nc="]),
        ("``a`` b", ["paragraph :``a`` b="]),
        ("```\n``` x\n```", ["code ```:``` x\n=```"]),
        ("- a\n  ```\n  b\n   c\n  ```", ["item -:a=", "code 2 ```:b\n c\n=```"]),
        ("1. ```sh\n   ls\n   ```", ["item 1.:=", "code 3 ```sh:ls\n=```"]),
        ("- `a`", ["item -:`a`="]),
        ("> ```\n> a\nb", [">code ```:a\n=", "paragraph :b="]),
        ("```\n\n# a\n- b\n```", ["code ```:\n# a\n- b\n=```"]),
        ("    a\n     b\nc", ["code :    a\n     b\n=", "paragraph :c="]),
        ("a\n    b", ["paragraph :a\n    b="]),
        ("|a|b|\n|-|:-:|\n|1|2|", ["table lc:['a', 'b']['1', '2']="]),
        ("| a |\n|--:|\n\nb", ["table r:['a']=", "", "paragraph :b="]),
        ("|a|b|\n|-|", ["paragraph :|a|b|\n|-|="]),
        ("|a|\nb", ["paragraph :|a|\nb="]),
        ("x\n|a|\n|-|\n|1|\ny", ["paragraph :x=", "table l:['a']['1']=", "paragraph :y="]),
        ("|a\\|b|\n|-|", ["table l:['a|b']="]),
        ("|a|", ["paragraph :|a|="]),
        ("<b>\na", ["paragraph :<b>\na="]),
        ("a\n===", ["paragraph :a\n===="]),
        ("", []),
        ("\n\n", ["", ""]),
    ],
)
def test_text_is_split_into_blocks(text, told) -> None:
    """Whether it arrives at once or in single characters."""
    assert blocks(text) == told


@pytest.mark.parametrize("start", ["-", "`", "#", " ", "> ", "9", "~", "* "])
def test_line_that_stays_open_is_text(start) -> None:
    """A start that goes on for too long is text, and nothing of it is lost."""
    line = start * (LONGEST_START + 1)
    told = "".join(blocks(f"{line}x"))

    assert told.count(start.strip()) >= min(1, len(start.strip()))
    assert told.endswith("x=")


def test_row_that_stays_open_is_text() -> None:
    """So is a row of a table without an end."""
    line = "|" + "a" * LONGEST_ROW

    assert blocks(line) == [f"paragraph :{line}="]
