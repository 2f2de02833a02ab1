"""A binary file, drawn when the module is loaded."""

import struct
import zlib

from django_routehandlers.http import Response

SIZE = 32
GREEN = b"\x0c\x4b\x33"


def draw_logo():
    """Return a green square as PNG (RFC 2083): a header, the pixels, the end."""
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + GREEN * SIZE) * SIZE)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(get_chunk(*chunk) for chunk in chunks)


def get_chunk(kind, data):
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


LOGO = draw_logo()


def GET():
    return Response(LOGO, headers={"Content-Type": "image/png"})
