"""Tells the model on which branch you are. A hook for UserPromptSubmit."""

import json
import subprocess
import sys

json.load(sys.stdin)  # what the hook is told; this one needs nothing of it
branch = subprocess.run(
    ["git", "branch", "--show-current"], capture_output=True, text=True, check=False
).stdout.strip()
if branch:
    print(json.dumps({"additional_context": f"The branch is {branch}."}))
