"""A bulk run of this SDK, as a script has it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal

from provider_huggingface import HfProvider
from provider_sdk import BaseProvider
from provider_sdk.bulk import BulkRun, Limits
from provider_sdk.bulk.engines import Engine

from benchmarks.bulk.contenders import WORKERS

if TYPE_CHECKING:
    from benchmarks.bulk.contenders import Work


def make_provider(url: str, transport: Literal["aiohttp", "httpx"]) -> BaseProvider:
    """Return the provider that asks the service."""
    return HfProvider(api_key="hf_benchmark", base_url=url, transport=transport)


async def run(work: Work, transport: Literal["aiohttp", "httpx"], engine: str) -> int:
    """Ask every row of the file, write the output, and return how many were answered."""
    bulk = BulkRun(
        work.rows,
        out=work.folder / "out.jsonl",
        make_provider=functools.partial(make_provider, work.url, transport),
        provider_name="hf",
        model="m",
        limits=Limits(concurrency=work.at_once),
        engine=_engine(engine),
    )
    report = await bulk.run()
    return report.done


def _engine(name: str) -> Engine | None:
    if name == "processes":
        from provider_sdk.bulk.engines.processes import ProcessEngine

        return ProcessEngine(WORKERS)
    if name == "ray":
        from provider_sdk.bulk.engines.ray import RayEngine

        return RayEngine(WORKERS)
    return None
