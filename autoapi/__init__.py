"""Point it at a live database and it serves it."""
