"""What can stand in an HTTP header."""


def can_stand_in_a_header(text: str) -> bool:
    """Return whether a text can be a header's value: it has printable characters of Latin-1 only."""
    return all(sign.isprintable() and sign <= "\xff" for sign in text)
