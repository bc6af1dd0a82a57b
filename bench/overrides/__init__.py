"""Rules over the measured tables, to see what they cost; every row stays in scope."""
