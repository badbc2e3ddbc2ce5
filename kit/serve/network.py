"""This machine on its network: its address, a free port, and the QR code of a link."""

import socket
from contextlib import closing

import segno


def own_address() -> str | None:
    """The address under which others on the local network reach this machine; None without a network. Sends nothing."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(("192.0.2.1", 9))   # an address reserved for documentation: connecting a datagram socket only asks the routing table
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith(("127.", "0.")) else address


def free_port(ip: str, port: int) -> int:
    """The port, or the first free one of the fifty after it, or any if none of them is."""
    for candidate in [*range(port, min(port + 50, 65_536)), 0]:
        with closing(socket.socket()) as probe:
            if hasattr(socket, "SO_REUSEADDR"):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ip, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return port


def qr_lines(link: str) -> list[str]:
    """The QR code of a link as rows of 0 and 1, with its quiet border."""
    return ["".join(str(int(bool(dark))) for dark in row) for row in segno.make(link, error="m", micro=False).matrix_iter(border=4)]


def qr_for_terminal(link: str) -> str:
    """The QR code in half blocks: two rows a line, light on dark so that phones read it on either ground."""
    rows = qr_lines(link)
    if len(rows) % 2:
        rows.append("0" * len(rows[0]))
    cells = {"00": "█", "01": "▀", "10": "▄", "11": " "}
    return "\n".join("".join(cells[a + b] for a, b in zip(upper, lower)) for upper, lower in zip(rows[::2], rows[1::2]))
