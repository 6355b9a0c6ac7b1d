"""Runs Python snippets, given as a JSON list on standard input, in one namespace.

A bare ``await`` is permitted, as in ``python -m asyncio``. The environment is the same at the
beginning of each, and a record separator ends what each one prints.
"""

import ast
import asyncio
import inspect
import json
import os
import sys
from types import FunctionType

namespace = {"__name__": "__main__"}
before = dict(os.environ)
for place, code in json.load(sys.stdin):
    program = compile(code, place, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if inspect.CO_COROUTINE & program.co_flags:
        asyncio.run(FunctionType(program, namespace)())
    else:
        exec(program, namespace)
    os.environ.clear()
    os.environ.update(before)
    print("\x1e", end="", flush=True)
