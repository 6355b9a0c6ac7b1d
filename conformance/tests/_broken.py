"""Providers that harm their process, as files of harnesses."""

import os
import subprocess
import sys
import tempfile
import textwrap

HEAD = """
import os
import signal
import sys
import time
from dataclasses import replace
from provider_conformance.zoo import HARNESS as REFERENCE, ReferenceProvider


class Broken(ReferenceProvider):
    async def chat(self, *args, **options):
{body}
        return await super().chat(*args, **options)


HARNESS = replace(REFERENCE, provider=Broken)
"""


def write_broken(folder, body, name="harness.py"):
    """Write a harness whose provider runs these lines before each chat; return its path."""
    file = folder / name
    file.write_text(HEAD.format(body=textwrap.indent(textwrap.dedent(body), " " * 8)))
    return file


def command(*arguments, **options):
    """Run the command in a process of its own and return what came of it."""
    call = [sys.executable, "-m", "provider_conformance", *map(str, arguments)]
    environment = {**os.environ, **options.pop("env", {})}
    # Not by pipes, which a process that a provider leaves behind would hold open.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        ended = subprocess.run(
            call, env=environment, stdout=out, stderr=err, check=False, **options
        )
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(call, ended.returncode, out.read(), err.read())
