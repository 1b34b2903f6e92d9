"""The parts that all sends share: contents, checks, storing and responses."""
