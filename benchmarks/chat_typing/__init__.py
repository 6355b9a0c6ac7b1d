"""How long a key takes to its echo, while the chat shows an answer."""
