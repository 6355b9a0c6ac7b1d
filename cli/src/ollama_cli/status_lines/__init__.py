"""Status lines: what is shown on a terminal after an answer."""
