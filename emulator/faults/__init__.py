"""Faults: which requests are disturbed, and how."""
