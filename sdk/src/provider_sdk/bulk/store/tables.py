"""The tables of a journal.

``sent`` has one line per row that was sent, ``ends`` the figures of each row that ended, and
``contents`` its whole result. They are apart so that a count over all rows reads no answer.
"""

from __future__ import annotations

APPLICATION = 0x4C4C4D4A
"""Marks a SQLite file as a journal ("LLMJ")."""

VERSION = 1
"""The form of the tables; one more with each change of them."""

TABLES = (
    "CREATE TABLE fence (number INTEGER NOT NULL)",
    "INSERT INTO fence VALUES (0)",
    # open: the last sending has no known outcome, unless the row has ended. lost: how many sendings
    # before it never got one.
    "CREATE TABLE sent (row INTEGER PRIMARY KEY, attempts INTEGER NOT NULL, open INTEGER NOT NULL,"
    " lost INTEGER NOT NULL DEFAULT 0, outcome TEXT)",
    "CREATE TABLE ends (row INTEGER PRIMARY KEY, state TEXT NOT NULL, prompt_tokens INTEGER,"
    " completion_tokens INTEGER, total_tokens INTEGER, cost TEXT, provider TEXT, model TEXT,"
    " source TEXT, served_by TEXT, error TEXT, seconds REAL)",
    "CREATE TABLE contents (row INTEGER PRIMARY KEY, checksum INTEGER NOT NULL,"
    " content BLOB NOT NULL)",
    # What forgotten results had cost: it was paid, and stays in the sums.
    "CREATE TABLE earlier (prompt_tokens INTEGER, completion_tokens INTEGER, total_tokens INTEGER,"
    " cost TEXT, provider TEXT, model TEXT, source TEXT)",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)

READ_FENCE = "SELECT number FROM fence"
SET_FENCE = "UPDATE fence SET number = ?"

INTEND = (
    "INSERT INTO sent (row, attempts, open) VALUES (?, ?, 1) ON CONFLICT (row) DO UPDATE SET"
    " attempts = excluded.attempts, lost = lost + open, open = 1, outcome = NULL"
)
NOTE = "UPDATE sent SET open = 0, outcome = ? WHERE row = ? AND attempts = ?"

# What is durable is never replaced: a row has one end.
RECORD = (
    "INSERT INTO ends VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (row) DO NOTHING",
    "INSERT INTO contents VALUES (?, ?, ?) ON CONFLICT (row) DO NOTHING",
)

_PAID = "prompt_tokens, completion_tokens, total_tokens, cost, provider, model, source"
FORGET = (
    f"INSERT INTO earlier SELECT {_PAID} FROM ends"
    " WHERE state = ? AND (total_tokens IS NOT NULL OR cost IS NOT NULL)",
    # A row that failed has an outcome; one left unknown is in doubt again.
    "UPDATE sent SET open = 0 WHERE row IN"
    " (SELECT row FROM ends WHERE state = ? AND state = 'failed')",
    "DELETE FROM contents WHERE row IN (SELECT row FROM ends WHERE state = ?)",
    "DELETE FROM ends WHERE state = ?",
)

ENDED = "SELECT row FROM ends"
DOUBTFUL = (
    "SELECT row, attempts FROM sent WHERE open"
    " AND NOT EXISTS (SELECT 1 FROM ends WHERE ends.row = sent.row)"
)
ATTEMPTS = (
    "SELECT row, attempts FROM sent WHERE NOT EXISTS (SELECT 1 FROM ends WHERE ends.row = sent.row)"
)
SENT_TWICE = (
    "SELECT sent.row, attempts, checksum, content FROM sent"
    " LEFT JOIN contents USING (row) WHERE lost AND sent.row >= ? ORDER BY sent.row"
)
CONTENTS = "SELECT row, checksum, content FROM contents WHERE row BETWEEN ? AND ? ORDER BY row"
FAILURES = (
    "SELECT row, checksum, content FROM ends JOIN contents USING (row)"
    " WHERE state = 'failed' AND ends.row >= ? ORDER BY row"
)
STATES = "SELECT state, count(*) FROM ends GROUP BY state"
# Of tokens, a float is exact up to 2**53, and cannot overflow as SQLite's sum of whole numbers.
_SUMS = (
    "total(prompt_tokens), total(completion_tokens), total(total_tokens),"
    " coalesce(exact_sum(cost), 0), count(cost)"
)
_ALL_PAID = f"(SELECT {_PAID} FROM ends UNION ALL SELECT * FROM earlier)"
SUMS = f"SELECT {_SUMS} FROM {_ALL_PAID}"
SUMS_BY_MODEL = (
    f"SELECT provider, model, source, count(*), {_SUMS} FROM {_ALL_PAID}"
    " WHERE provider IS NOT NULL GROUP BY provider, model, source"
    " ORDER BY provider, model, source"
)
ERRORS = (
    "SELECT error, count(*) AS rows FROM ends WHERE error IS NOT NULL"
    " GROUP BY error ORDER BY rows DESC, error"
)
WITHIN = "count(CASE WHEN seconds <= ? THEN 1 END)"
"""How many rows took at most so long; a column for each bound, so that one scan is enough."""
SECONDS = "SELECT {columns} FROM ends WHERE state = 'done'"
SERVED_BY = (
    "SELECT served_by, count(*) AS rows FROM ends WHERE state = 'done' AND served_by IS NOT NULL"
    " GROUP BY served_by ORDER BY rows DESC, served_by"
)
