"""The engine: virtual time, turns, and the due events that run by themselves at their time."""
