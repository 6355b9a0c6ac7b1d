"""What people and programs read: output, formats, and failures."""
