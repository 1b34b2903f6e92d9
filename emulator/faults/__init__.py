"""Faults: which requests get a refusal, a delay or a broken response instead of their own, and how."""
