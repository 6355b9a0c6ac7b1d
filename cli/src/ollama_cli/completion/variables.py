"""The variables with which a shell asks what may follow."""

SHELL = "_OLLAMA_CLI_COMPLETE"
"""The name of the shell."""
LINE = "_OLLAMA_CLI_LINE"
"""The line up to the cursor."""

VARIABLES = {
    SHELL: "the name of the shell that asks what may follow; completion sets it",
    LINE: "the line up to the cursor; completion sets it",
}
"""Both, and what they say."""
