"""Cases: requests and their whole answers, written down to be read. See ``README.md``."""
