"""The engine: virtual time, and what happens by itself at its time."""
