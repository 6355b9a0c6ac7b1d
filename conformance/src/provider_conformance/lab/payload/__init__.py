"""Random texts, ids and tool calls, so that a provider cannot know what to return."""

from __future__ import annotations

import random
import string
from base64 import b64encode

from provider_conformance.wires._answer import Answer, Call, Tokens

# Every text has such characters, so that a provider that mangles them fails every check.
_NON_ASCII = ("ä", "漢字", "🙂", "œ", "—", "ß", "👩‍🚀", "ñ")


def word(rng: random.Random, length: int = 8) -> str:
    """Return a random ASCII word."""
    return "".join(rng.choices(string.ascii_lowercase, k=length))


def mixed_case(rng: random.Random, length: int = 8) -> str:
    """Return random letters in both cases, for names that must not be changed."""
    both = [rng.choice(string.ascii_uppercase), rng.choice(string.ascii_lowercase)]
    letters = both + rng.choices(string.ascii_letters, k=length - 2)
    rng.shuffle(letters)
    return "".join(letters)


def credential(rng: random.Random) -> str:
    """Return a random credential, recognisable wherever it shows."""
    return f"canary-{word(rng, 24)}"


def sentence(rng: random.Random, words: int = 6) -> str:
    """Return random words with some characters outside ASCII."""
    names = [word(rng).title(), *(word(rng) for _ in range(words - 1))]
    return " ".join([*names, rng.choice(_NON_ASCII), word(rng).upper()])


def pieces(rng: random.Random, count: int = 5) -> tuple[str, ...]:
    """Return a random text in pieces; some begin with a space, one holds a line break."""
    parts = [
        word(rng).title(),
        *(f" {word(rng)}{rng.choice(_NON_ASCII)}" for _ in range(count - 2)),
    ]
    return (*parts, f"\n{word(rng).upper()}")


def misleading_pieces(rng: random.Random) -> tuple[str, ...]:
    """Return a text in pieces that look like markup, code, JSON, an error and events."""
    a, b, c, d, e, f = (word(rng) for _ in range(6))
    return (
        f"```python\n{a} = '\\n'\n```\n",
        f"<b>{b}</b> &lt;{c}&gt; &amp; %20 \\u00e4 {{{{x}}}}\r\n",
        f'{{"error": {{"message": "{d}"}}}}\n',
        f"data: {e}\n\ndata: [DONE]\n\n",
        f"Error: {f}. null None true",
    )


def long_text(rng: random.Random, letters: int = 300_000) -> str:
    """Return a text longer than any buffer that a provider may use."""
    return f"{word(rng)} {mixed_case(rng, 50) * (letters // 50)} {word(rng)}"


def tokens(rng: random.Random) -> Tokens:
    """Return usage whose counts cannot be confused with each other; the total is their sum."""
    prompt, completion = rng.randint(200, 900), rng.randint(1000, 9000)
    return Tokens(prompt, completion, prompt + completion)


def call(rng: random.Random, **arguments: object) -> Call:
    """Return a tool call with random id, name and arguments."""
    chosen = arguments or {mixed_case(rng): sentence(rng), mixed_case(rng): rng.randint(1, 10**6)}
    return Call(f"call_{mixed_case(rng, 24)}", f"{mixed_case(rng)}_{rng.randint(1, 99)}", chosen)


def image_url(rng: random.Random, kind: str) -> str:
    """Return a data: URL of random bytes."""
    return f"data:{kind};base64,{b64encode(rng.randbytes(48)).decode()}"


def random_answer(rng: random.Random) -> Answer:
    """Return a text answer with usage."""
    return Answer(pieces=pieces(rng), usage=tokens(rng))


def random_ids(rng: random.Random) -> list[str]:
    """Return random model ids, not sorted."""
    return [
        f"{word(rng, 6)}/{mixed_case(rng)}-{rng.randint(1, 99)}b" for _ in range(rng.randint(3, 6))
    ]


def tool(name: str, *parameters: str) -> dict[str, object]:
    """Return a tool definition in the contract's shape."""
    properties = {parameter: {"type": "string"} for parameter in parameters}
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    function = {"name": name, "description": f"Does {name}.", "parameters": schema}
    return {"type": "function", "function": function}
