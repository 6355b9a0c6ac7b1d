"""The manifest of a run: what was asked when it began, which must stay the same until its end."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from provider_sdk._redact import REDACTED, is_secret_header
from provider_sdk.bulk.errors import BulkInputError, RunChangedError
from provider_sdk.bulk.shards import Shard

SCHEMA = "bulk-run/1"
"""The shape of the file, in its field ``schema``."""

# They decide how long an answer is waited for, and who may ask, but not what is asked.
_FREE = frozenset({"timeout", "extra_headers"})
_SHOWN = 60
_NEW = (
    "To go on, give what was given when it began; to begin anew, choose another directory "
    "with '--run'."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFacts:
    """The input as it was when the run began.

    Attributes:
        path: where it was; a file that was moved is still the same.
        format: how it is read, such as ``"jsonl"``.
        size: in bytes.
        digest: of its bytes, with the name of the algorithm, such as ``"sha256:…"``.
        rows: how many rows the run has.
    """

    path: str
    format: str
    size: int
    digest: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a run was asked to do, and how it is cut into shards.

    Neither headers nor credentials are in it, nor an address: these come from the settings of
    whoever goes on with the run. Of ``extra_body``, texts whose names say that they are secret are
    not stored.

    Attributes:
        input: the input.
        form: how rows become messages: template, columns, system text and such; JSON.
        provider: who is asked.
        model: the model that was named; ``None`` for the provider's default.
        options: chat options for every row, without those that are left out.
        shards: how the rows are cut.
        asked: what else was asked, JSON that may change from one start to the next.
        left_out: names of options that were given and are not stored, because they are, or hold,
            what may be secret; whoever goes on must give them again.
        bound: what is compared of an option that is left out.
        run_id: tells runs apart.
        created: when it began, in ISO 8601, UTC.
    """

    input: InputFacts
    form: Mapping[str, Any] = field(default_factory=dict)
    provider: str
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    shards: tuple[Shard, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    bound: Mapping[str, Any] = field(default_factory=dict)
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def __post_init__(self) -> None:
        kept, left_out, bound = dict(self.options), [*self.left_out], dict(self.bound)
        if "extra_headers" in kept:
            del kept["extra_headers"]
            left_out.append("extra_headers")
        safe = _without_secrets(kept.get("extra_body"))
        if safe != kept.get("extra_body"):
            del kept["extra_body"]
            left_out.append("extra_body")
            bound["extra_body"] = safe
        object.__setattr__(self, "options", kept)
        object.__setattr__(self, "left_out", tuple(dict.fromkeys(left_out)))
        object.__setattr__(self, "bound", bound)

    def to_json(self) -> bytes:
        """Return the content of the file.

        Raises:
            TypeError: ``form``, ``options`` or ``asked`` is not JSON.
        """
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """Read the content of a file.

        Raises:
            BulkInputError: it is not a manifest, or one of a later version.
        """
        try:
            found = json.loads(content)
            schema = found.get("schema")
            if schema == SCHEMA:
                manifest = msgspec.convert(found, cls)
                if _is_whole(manifest):
                    return manifest
        except (ValueError, AttributeError, RecursionError):
            schema = SCHEMA
        if isinstance(schema, str) and schema.startswith("bulk-run/") and schema != SCHEMA:
            raise BulkInputError(
                f"a later version made the manifest ({_shown(schema)}, this one knows {SCHEMA})",
                hint="Update, or choose another directory with '--run'.",
            )
        raise BulkInputError(
            "the manifest is damaged, or not that of a bulk run",
            hint="Restore it from a copy, or choose another directory with '--run'.",
        )

    def check(self, now: Manifest) -> None:
        """Compare what is asked now with what was asked when the run began.

        Raises:
            RunChangedError: something differs that decides what is sent; the text names all of it.
        """
        if found := list(_differences(self, now)):
            raise RunChangedError(
                f"the run directory belongs to a run that asked something else: {'; '.join(found)}",
                hint=_NEW,
            )


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: REDACTED
            if isinstance(item, str) and is_secret_header(name)
            else _without_secrets(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value


def _is_whole(manifest: Manifest) -> bool:
    """Whether the shards are all rows of the input, once and in order."""
    row = 0
    for number, shard in enumerate(manifest.shards):
        if (shard.number, shard.first_row) != (number, row) or shard.rows < 1 or shard.offset < 0:
            return False
        row += shard.rows
    return row == manifest.input.rows


def _differences(then: Manifest, now: Manifest) -> Iterator[str]:
    yield from _input_differences(then.input, now.input)
    for name in ("provider", "model"):
        yield from _difference(f"the {name}", getattr(then, name), getattr(now, name))
    for name in sorted(then.form.keys() | now.form.keys()):
        words = f"the {name.replace('_', ' ')}"
        yield from _difference(words, then.form.get(name), now.form.get(name))
    before, after = {**then.options, **then.bound}, {**now.options, **now.bound}
    for name in sorted((before.keys() | after.keys()) - _FREE):
        yield from _difference(f"option {name}", before.get(name), after.get(name))


def _input_differences(then: InputFacts, now: InputFacts) -> Iterator[str]:
    if then.format != now.format:
        yield from _difference("the format of the input", then.format, now.format)
    elif (then.size, then.digest) != (now.size, now.digest):
        if then.rows != now.rows:
            detail = f"{then.rows:,} rows then, {now.rows:,} now"
        elif then.size != now.size:
            detail = f"{then.size:,} bytes then, {now.size:,} now"
        else:
            detail = "its size is the same, its content is not"
        yield f"the input has changed since the run began: {detail}"
    elif then.rows != now.rows:
        yield f"{then.rows:,} rows were asked for then, {now.rows:,} now"


def _difference(what: str, then: object, now: object) -> Iterator[str]:
    before, after = _shown(then), _shown(now)
    if json.dumps(then, sort_keys=True) == json.dumps(now, sort_keys=True):
        return
    if max(len(before), len(after)) > _SHOWN:
        yield f"{what} has changed"
    else:
        yield f"{what} was {before}, and is {after} now"


def _shown(value: object) -> str:
    """Return a value for people; JSON keeps control characters from a terminal."""
    return "not given" if value is None else json.dumps(value, sort_keys=True)
