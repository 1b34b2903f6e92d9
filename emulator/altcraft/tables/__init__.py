"""Altcraft's tables, and the lifecycles of its entities, with one module per part of the account."""
