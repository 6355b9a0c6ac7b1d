"""A bulk run over two rows."""

# --8<-- [start:all]
import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from provider_sdk.bulk import BulkRun
from provider_sdk.testing import FakeProvider


async def main(folder: Path) -> None:
    rows = folder / "rows.jsonl"
    rows.write_text('{"prompt": "One?"}\n{"prompt": "Two?"}\n')
    provider = FakeProvider("Yes.", repeat=True)
    run = BulkRun(rows, out=folder / "answers.jsonl", provider=provider)
    report = await run.run(progress=lambda progress: None)
    print(report.done, report.failed, [result.text for result in run.results()])


with TemporaryDirectory() as folder:
    asyncio.run(main(Path(folder)))
# --8<-- [end:all]
