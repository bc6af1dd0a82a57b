"""What a timer runs at night, over the database of the environment's settings."""
