"""Profiles: the people of databases."""
