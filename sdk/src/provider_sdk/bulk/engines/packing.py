"""The job, on its way to a worker in another process."""

from __future__ import annotations

import pickle
import sys
import zlib
from base64 import b64decode, b64encode
from functools import partial
from pathlib import Path

from provider_sdk._version import __version__
from provider_sdk.bulk.errors import BulkError, BulkInputError
from provider_sdk.bulk.job import Job

_HINT = "Define it at the top level of a module that is installed where the workers run."


def pack_job(job: Job) -> str:
    """Return a job as ASCII text without white space, after the version of the SDK.

    It also says where this process looks for modules.

    Raises:
        BulkInputError: something in it cannot be sent, such as a function inside of a function.
    """
    _check_importable(job.make_provider)
    found = None
    try:
        content = pickle.dumps(job, protocol=5)
    except Exception as error:  # noqa: BLE001 - pickling runs users' code
        found = type(error).__name__
    if found is not None:
        raise BulkInputError(
            f"the run cannot be sent to another process: `make_provider` or an option ({found})",
            hint=_HINT,
        )
    places = [str(Path(place).absolute()) for place in sys.path]
    packed = zlib.compress(pickle.dumps((places, content), protocol=5))
    return f"{__version__}:{b64encode(packed).decode('ascii')}"


def _check_importable(make_provider: object) -> None:
    """Refuse a function of the script that was started: in another process, that is another one."""
    while isinstance(make_provider, partial):
        make_provider = make_provider.func
    if getattr(make_provider, "__module__", None) == "__main__":
        raise BulkInputError(
            "the run cannot be sent to another process: `make_provider` is part of the script that "
            "was started",
            hint="Move it to a module of its own, and import it from there.",
        )


def unpack_job(text: str) -> Job:
    """Return the job of a run that another process has packed.

    It must come from that process alone, as what it names is imported. Modules are looked for in
    the same folders as there, after those of this process.

    Raises:
        BulkError: this process has another version of the SDK, or misses a module.
    """
    version, _, content = text.partition(":")
    if version != __version__:
        raise BulkError(
            f"a worker has version {__version__} of provider-contract-sdk, the run {version}",
            hint="Install the same version for all workers.",
        )
    places, packed = pickle.loads(zlib.decompress(b64decode(content)))
    sys.path.extend(place for place in places if place not in sys.path)
    found = None
    try:
        job: Job = pickle.loads(packed)
    except Exception as error:  # noqa: BLE001 - unpickling imports users' modules
        found = str(error) if isinstance(error, ImportError) else type(error).__name__
    if found is not None:
        raise BulkError(f"a worker cannot load `make_provider` ({found})", hint=_HINT)
    return job
