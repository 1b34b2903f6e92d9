"""What can stand in an HTTP header."""


def can_stand_in_a_header(text: str) -> bool:
    """Return whether a text can be a header's value: a line of letters, digits and signs of Latin-1."""
    return all(sign.isprintable() and sign <= "\xff" for sign in text)
