"""Kills processes that store turns, at random instants; no turn that was stored may be lost.

    cd cli && python -m tests.kills --count 1000

Each writer reports a turn through a pipe once the store has said that it is stored. After each kill
the file must open and be whole, and have every turn that was reported, exactly.
"""

import argparse
import os
import random
import signal
import tempfile
import time
from hashlib import sha256
from itertools import count
from pathlib import Path

from ollama_cli.conversation.journal import Added, Place, TakenBack
from ollama_cli.conversation.journal import write as write_steps
from ollama_cli.conversation.records import Turn
from ollama_cli.conversation.store import Store
from provider_sdk import Message

from ._conversation import AT, CALL

_LIVES = 40
"""So many kills of the same file, before another one begins."""
_LONGEST_S = 0.05


def turn_of(seed: int) -> Turn:
    """Return the turn with this number: of one byte, or of many pages."""
    size = (1, 300, 5_000, 200_000)[seed % 4]
    text = (sha256(str(seed).encode()).hexdigest() * (size // 64 + 1))[:size]
    messages = [Message("user", f"{seed}"), Message("assistant", text, provider_data={"p": [seed]})]
    return Turn(messages, "p", None, AT)


def write(report: int, first: int) -> None:
    """Store turns for ever, and report each."""
    with Store.open(create=True) as store:
        session, position = "", 0
        for seed in count(first):
            if position == 0:
                session = store.begin(turn_of(seed), system="s" * 5_000, calls=[CALL]).id
            else:
                store.append(session, turn_of(seed), calls=[CALL])
            os.write(report, f"{session} {position} {seed}\n".encode())
            if seed % 3 == 0:
                replace_last(store, session, turn_of(seed))
            position = (position + 1) % 4
            if position == 3:
                store.add_summary(session, "x" * 10_000, 2)


def replace_last(store: Store, session: str, turn: Turn) -> None:
    """Put a turn into its own place, as an answer that is asked for again is put there."""
    steps = [TakenBack(turn), Added(turn, None, [CALL])]
    write_steps(store, steps, Place(store.find(session), store.mark(session)))


def killed_writers(dice: random.Random, first: int) -> list[tuple[str, int, int]]:
    """Start one or two writers and kill them; return what they reported."""
    reader, report = os.pipe()
    writers = []
    for number in range(dice.choice((1, 1, 2))):
        if (writer := os.fork()) == 0:
            try:
                write(report, first + number * 1_000_000)
            finally:
                os._exit(1)
        writers.append(writer)
    os.close(report)
    text = b""
    for _ in range(dice.randrange(4)):
        text += os.read(reader, 1 << 16)  # at least one more turn
    time.sleep(dice.uniform(0, _LONGEST_S))
    for writer in writers:
        os.kill(writer, signal.SIGKILL)
    for writer in writers:
        _, status = os.waitpid(writer, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, "a writer failed"
    with os.fdopen(reader, "rb") as rest:
        lines = (text + rest.read()).decode().splitlines()
    return [
        (session, int(position), int(seed)) for session, position, seed in map(str.split, lines)
    ]


def check(reported: list[tuple[str, int, int]], everything: list[tuple[str, int, int]]) -> None:
    """Fail unless the file is whole and has what was reported."""
    with Store.open(create=True) as store:
        assert store.database.run("PRAGMA integrity_check") == [("ok",)]
        assert store.database.run("PRAGMA foreign_key_check") == []
        sessions = {session for session, *_ in reported}
        turns = {session: store.turns(session) for session in sessions}
        for session, position, seed in reported:
            assert turns[session][position] == turn_of(seed), (
                f"turn {position} of {session} is lost"
            )
        assert all(session.turns >= 1 for session in store.sessions()), "a session has no turn"
        [(stored,)] = store.database.run("SELECT count(*) FROM turns")
        assert stored >= len(everything)


def main() -> None:
    """Kill as many times as asked, and say how many turns were stored."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    print(f"seed {arguments.seed}", flush=True)
    turns = 0
    for begin in range(0, arguments.count, _LIVES):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["OLLAMA_CLI_DATA_DIR"] = str(Path(folder, "data"))
            everything: list[tuple[str, int, int]] = []
            for kill in range(begin, min(begin + _LIVES, arguments.count)):
                reported = killed_writers(dice, kill * 10_000_000)
                everything += reported
                check(reported, everything)
            check(everything, everything)
            turns += len(everything)
    print(f"{arguments.count} kills, {turns} turns stored, none lost")


if __name__ == "__main__":
    main()
