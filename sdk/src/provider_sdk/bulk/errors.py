"""What a bulk run raises besides the errors of its provider.

::

    ProviderError
     └─ BulkError                 the run cannot go on
         ├─ BulkInputError        the input, an argument or the run directory cannot be used
         │   ├─ RunChangedError   the run directory belongs to a run that asked something else
         │   └─ RunBusyError      another process is at this run
         ├─ JournalError          what was sent or answered cannot be written down (disk full)
         └─ LeaseLostError        another worker has taken this shard over
"""

from __future__ import annotations

from provider_sdk._errors import ProviderError


class BulkError(ProviderError):
    """A bulk run cannot go on; what it has done stays."""


class BulkInputError(BulkError, ValueError):
    """The input, an argument or the run directory cannot be used; nothing was sent."""


class RunChangedError(BulkInputError):
    """The run directory belongs to a run that asked something else."""


class RunBusyError(BulkInputError):
    """Another process is at this run."""


class JournalError(BulkError):
    """What was sent or answered cannot be written down, such as on a full disk."""


class LeaseLostError(BulkError):
    """Another worker has taken this shard over."""
