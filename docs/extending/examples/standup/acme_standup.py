"""``ollama-cli standup``: tells the team what you did, from the log of git."""

import subprocess
import sys

from provider_sdk import ProviderRouter

ASK = "Summarise what I did, in one sentence that my team understands:\n\n"


async def run(args: list[str]) -> int:
    """Tell the team what you did, from the log of git; 'standup monday' goes back to Monday."""
    since = " ".join(args) or "yesterday"
    log = subprocess.run(
        ["git", "log", f"--since={since}", "--format=%s%n%b"],
        capture_output=True,
        text=True,
        check=False,
    )
    if log.returncode or not log.stdout.strip():
        print(f"Nothing was committed since {since}.", file=sys.stderr)
        return 1
    async with ProviderRouter() as router:
        response = await router.route("agent", [{"role": "user", "content": ASK + log.stdout}])
    print(response.text)
    return 0
