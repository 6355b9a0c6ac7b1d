"""The chat in lines: for pipes, simple terminals and screen readers."""
