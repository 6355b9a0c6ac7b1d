"""This process and its children: signals, the event loop, the standard streams, time limits."""
