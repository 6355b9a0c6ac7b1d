"""The variables with which a shell asks what may follow."""

SHELL = "_OLLAMA_CLI_COMPLETE"
"""The name of the shell."""
LINE = "_OLLAMA_CLI_LINE"
"""The line up to the cursor."""
