"""Turns and what they used, for tests of sessions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from ollama_cli.conversation import rows
from ollama_cli.conversation.ids import new_id
from ollama_cli.conversation.records import Session, Turn
from ollama_cli.conversation.store import Store
from provider_sdk import Message, ToolCall, UsageRow

AT = datetime(2026, 11, 29, 10, 30, 0, 123456, UTC)

CALL = UsageRow(
    day="2026-11-29",
    provider="hf",
    model="org/m",
    source="reported",
    calls=1,
    prompt_tokens=30,
    completion_tokens=2,
    cached_tokens=5,
    cost_usd=Decimal("0.000000000123456789"),
)


def turn(question="Why is the sky blue?", answer="Rayleigh.", **changes) -> Turn:
    """Return a turn."""
    messages = [Message("user", question), Message("assistant", answer)]
    fields = {"messages": messages, "provider": "hf", "model": "org/m", "at": AT}
    return Turn(**{**fields, **changes})


FULL = turn(
    messages=[
        Message(
            "user",
            (
                {"type": "text", "text": "Look \0 \ud83d at"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            ),
        ),
        Message(
            "assistant",
            "",
            tool_calls=(ToolCall.parse("c1", "look", '{"a": [1, "ü"]}'),),
            provider_data={"claude": [{"signature": "x" * 100, "n": 1.5, "none": None}]},
        ),
        Message("tool", "It is\r\nblue.", tool_call_id="c1"),
        Message("assistant", "空は青い \N{GRINNING FACE}", own_state={"reasoning_content": "hm"}),
    ],
    response_model="served",
    served_by="novita",
    duration_s=1.25,
    interrupted=True,
)


def add_sessions(store: Store, number: int, turns: Sequence[Turn]) -> None:
    """Add sessions with these turns, all at once."""
    with store.database.transaction():
        for _ in range(number):
            now = store.now()
            id = new_id(now, store.has)
            session = Session(id, "t", "", None, "hf", None, now, now, len(turns))
            rows.add_session(store.database, session, rows.next_use(store.database))
            for each in turns:
                rows.add_turn(store.database, id, each)
