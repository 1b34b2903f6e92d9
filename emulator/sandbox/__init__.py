"""Sandboxes: isolated worlds, what they are copied from, and how credentials lead to them."""
