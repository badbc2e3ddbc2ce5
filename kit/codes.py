"""Codes that people read aloud and type: made, and tidied as typed."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"   # no letter or digit in it looks like another


def new_code(length: int = 8) -> str:
    """A random code; eight characters have 31^8 = 8.5e11 values."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def tidied(code: object) -> str:
    """A code as somebody typed it: case, spaces and hyphens do not matter."""
    return "".join(c for c in str(code).upper() if c.isalnum())


def grouped(code: str) -> str:
    """The code in groups of four, to read aloud."""
    return " ".join(code[n:n + 4] for n in range(0, len(code), 4))
