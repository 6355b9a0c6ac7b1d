"""The command line: which words name a command, its options, and what it exits with."""
