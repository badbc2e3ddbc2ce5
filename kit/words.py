"""How many of what, in words."""

MANY = {"person": "people"}


def count(number: int, what: str) -> str:
    """`1 run`, `3 runs`, `0 people`."""
    return f"{number} {what if number == 1 else MANY.get(what, what + 's')}"
