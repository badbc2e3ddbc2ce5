"""As much of the protobuf wire format as Streamlit's messages need: fields in, fields out. Knows no message."""

from collections.abc import Iterator

VARINT, LENGTH = 0, 2
SKIPPED = {1: 8, 5: 4}   # wire types of fixed size, in bytes


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, content) of each field; a number's content is empty."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        size, content = SKIPPED.get(key & 7, 0), b""
        if key & 7 == VARINT:
            _, at = _varint(data, at)
        elif key & 7 == LENGTH:
            size, at = _varint(data, at)
            content = data[at:at + size]
        at += size
        yield key >> 3, content


def inside(data: bytes, *path: int) -> bytes:
    """The content of the first field along a path of numbers; empty when there is none."""
    for number in path:
        data = next((content for n, content in fields(data) if n == number), b"")
    return data


def field(number: int, content: bytes | str | bool) -> bytes:
    """One field: a text, a message, or yes."""
    if content is True:
        return _number(number << 3 | VARINT) + b"\x01"
    data = content.encode() if isinstance(content, str) else bytes(content)
    return _number(number << 3 | LENGTH) + _number(len(data)) + data


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """(the number that begins there, where the next thing begins)"""
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def _number(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
