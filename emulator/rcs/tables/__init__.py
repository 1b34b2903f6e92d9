"""The tables of the RCS provider."""
