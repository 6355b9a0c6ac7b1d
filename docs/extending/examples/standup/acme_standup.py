"""``ollama-cli standup``: tells the team what you did, from the log of git."""

import asyncio
import sys

from provider_sdk import ProviderRouter

ASK = "Summarise what I did, in one sentence that my team understands:\n\n"


async def run(args: list[str]) -> int:
    """Tell the team what you did, from the log of git; 'standup monday' goes back to Monday."""
    since = " ".join(args) or "yesterday"
    log = await commits_since(since)
    if not log:
        print(f"Nothing was committed since {since}.", file=sys.stderr)
        return 1
    async with ProviderRouter() as router:
        response = await router.route("agent", [{"role": "user", "content": ASK + log}])
    print(response.text)
    return 0


async def commits_since(day: str) -> str:
    """Return the messages of the commits, or nothing outside a repository."""
    command = ["git", "log", f"--since={day}", "--format=%s%n%b"]
    git = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await git.communicate()
    return output.decode(errors="replace").strip()
