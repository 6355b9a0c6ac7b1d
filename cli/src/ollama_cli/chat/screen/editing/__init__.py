"""The input line of the chat: editing, folded pastes, history, completion and keys."""
