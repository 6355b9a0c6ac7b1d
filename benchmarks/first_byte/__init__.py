"""From the start of a process to the first byte of an answer on its standard output."""
