"""Makes every log record visible, whatever the provider or the harness has set."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class _NeverDisabled(logging.Manager):
    """A manager on which ``logging.disable`` has no effect until its class is put back."""

    @property
    def disable(self) -> int:
        """No level is disabled."""
        return logging.NOTSET

    @disable.setter
    def disable(self, value: int) -> None:
        """Ignore what a provider asks for: its users may not have asked for it."""


def _heard_by(
    listener: logging.Handler, handle: Callable[[logging.Logger, logging.LogRecord], None]
) -> Any:
    """Return ``Logger.handle`` for a block: the handler gets each record first."""

    def heard(logger: logging.Logger, record: logging.LogRecord) -> None:
        listener.handle(record)
        handle(logger, record)

    return heard


@contextmanager
def every_record(listener: logging.Handler) -> Iterator[None]:
    """Pass all log records to a handler until the block ends.

    ``logging.disable``, and a logger that is disabled, quiet or does not propagate, would hide
    from the kit what another program sees. A logger that is made within the block, or changed
    there, hides nothing either: the handler gets the record before any handler of a logger.
    """
    root, manager = logging.getLogger(), logging.root.manager
    loggers = [item for item in manager.loggerDict.values() if isinstance(item, logging.Logger)]
    before = [(it, it.level, it.disabled, it.propagate) for it in (root, *loggers)]
    kind, handle = type(manager), logging.Logger.handle
    manager.__class__ = _NeverDisabled
    for logger in loggers:
        logger.disabled, logger.propagate = False, True
        logger.setLevel(logging.NOTSET)
    logging.Logger.handle = _heard_by(listener, handle)  # type: ignore[method-assign]
    root.setLevel(logging.DEBUG)  # also forgets what loggers remember of their old levels
    try:
        yield
    finally:
        manager.__class__ = kind
        logging.Logger.handle = handle  # type: ignore[method-assign]
        for logger, level, disabled, propagate in before:
            logger.disabled, logger.propagate = disabled, propagate
            logger.setLevel(level)
