"""Writing to the terminal: output, renderers per format, and error reports."""
