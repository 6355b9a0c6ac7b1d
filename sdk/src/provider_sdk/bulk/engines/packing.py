"""The job, on its way to a worker in another process."""

from __future__ import annotations

import pickle
from base64 import b64decode, b64encode

from provider_sdk._version import __version__
from provider_sdk.bulk.errors import BulkError, BulkInputError
from provider_sdk.bulk.job import Job

_HINT = "Define it at the top level of a module that is installed where the workers run."


def pack_job(job: Job) -> str:
    """Return a job as ASCII text without white space, after the version of the SDK.

    Raises:
        BulkInputError: something in it cannot be sent, such as a function inside of a function.
    """
    found = None
    try:
        content = pickle.dumps(job, protocol=5)
    except Exception as error:  # noqa: BLE001 - objects raise anything when they are pickled
        found = type(error).__name__
    if found is not None:
        raise BulkInputError(
            f"The run cannot be sent to another process: `make_provider` or an option ({found}).",
            hint=_HINT,
        )
    return f"{__version__}:{b64encode(content).decode('ascii')}"


def unpack_job(text: str) -> Job:
    """Return the job of a run that another process has packed.

    It must come from that process alone: what it names is imported.

    Raises:
        BulkError: this process has another version of the SDK, or misses a module.
    """
    version, _, content = text.partition(":")
    if version != __version__:
        raise BulkError(
            f"A worker has version {__version__} of provider-contract-sdk, the run {version}.",
            hint="Install the same version for all workers.",
        )
    found = None
    try:
        job = pickle.loads(b64decode(content))
    except Exception as error:  # noqa: BLE001 - a module raises anything when it is imported
        found = f"{type(error).__name__}: {error}" if isinstance(error, ImportError) else None
        found = found or type(error).__name__
    if found is not None:
        raise BulkError(f"A worker cannot load `make_provider` ({found}).", hint=_HINT)
    assert isinstance(job, Job)  # noqa: S101
    return job
