"""Sandboxes: isolated worlds, the templates that they are copied from, and the credentials that open them."""
