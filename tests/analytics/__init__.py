"""Reports, against what plain Python makes of the same rows."""
