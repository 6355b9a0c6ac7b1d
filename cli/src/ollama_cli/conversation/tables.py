"""The tables of ``sessions.db``, and how those of earlier versions become them.

A turn, a summary and the usage of a call are each stored as JSON, beside the columns by which they
are found. ``sessions.used`` counts up with each turn of any session: a clock may go backwards.
``sessions.origin`` is the digest of the line that it was imported from.
"""

from __future__ import annotations

from collections.abc import Iterator

APPLICATION = 0x6F6C6C63
"""Tells this file from those of other programs (SQLite's ``application_id``)."""

_VERSION_1 = (
    """CREATE TABLE sessions (
      id TEXT PRIMARY KEY,
      folder TEXT NOT NULL,
      title TEXT NOT NULL,
      system TEXT,
      provider TEXT NOT NULL,
      model TEXT,
      created TEXT NOT NULL,
      updated TEXT NOT NULL,
      used INTEGER NOT NULL,
      origin TEXT
    )""",
    "CREATE INDEX sessions_used ON sessions (used)",
    "CREATE INDEX sessions_folder ON sessions (folder, used)",
    """CREATE TABLE turns (
      session TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
      position INTEGER NOT NULL,
      body TEXT NOT NULL,
      UNIQUE (session, position)
    )""",
    """CREATE TABLE summaries (
      session TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
      position INTEGER NOT NULL,
      body TEXT NOT NULL,
      UNIQUE (session, position)
    )""",
    # What a call used outlives its session, and is told apart by its id when it is imported.
    """CREATE TABLE calls (
      id TEXT PRIMARY KEY,
      session TEXT REFERENCES sessions ON DELETE SET NULL,
      turn INTEGER,
      day TEXT NOT NULL,
      body TEXT NOT NULL
    )""",
    "CREATE INDEX calls_day ON calls (day)",
    "CREATE INDEX calls_session ON calls (session)",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
_VERSIONS = (_VERSION_1,)
VERSION = len(_VERSIONS)


def statements(version: int) -> Iterator[str]:
    """Yield the statements that bring tables of a version to this one; 0 is an empty file."""
    if version == 0:
        yield f"PRAGMA application_id = {APPLICATION}"
    for number, changes in enumerate(_VERSIONS[version:], version + 1):
        yield from changes
        yield f"PRAGMA user_version = {number}"
