"""Bytes of a text file -> UTF-8, whatever it was written in."""

import codecs
from dataclasses import dataclass

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What Windows, DOS programs of the nineties (many tills still are) and old Macs write in Spanish; the order breaks ties.
_SINGLE_BYTE = ("cp1252", "latin-1", "cp850", "mac-roman")
_SPANISH = frozenset("áéíóúñüÁÉÍÓÚÑÜ¿¡°ºª₡¢€«»–’“”")
_PIECE = 1 << 20


@dataclass(frozen=True)
class DecodedText:
    """A text file's content as UTF-8 without a byte order mark, the encoding it came in, and how many bytes were bad."""

    content: bytes
    encoding: str
    replaced: int = 0


def decode(data: bytes) -> DecodedText:
    """`data` as UTF-8.

    A byte order mark decides; then valid UTF-8; then UTF-16 without a mark; then the single-byte encoding that makes
    the most Spanish letters of it. Bytes that fit nowhere become U+FFFD and are counted.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            body = data[len(mark) :]
            if encoding == "utf-8-sig" and _is_utf8(body):
                return DecodedText(body, "utf-8-sig")
            return _transcoded(body, "utf-8" if encoding == "utf-8-sig" else encoding)
    if _is_utf8(data) and b"\0" not in data[:_PIECE]:
        return DecodedText(data, "utf-8")
    wide = _wide_encoding(data[:_PIECE])
    if wide is not None:
        return _transcoded(data, wide)
    if _mostly_utf8(data):
        return _transcoded(data, "utf-8")
    return _transcoded(data, _single_byte_encoding(data))


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(data[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(data: bytes) -> bool:
    """Whether bad bytes are a few among much valid UTF-8: a damaged file, not one in another encoding."""
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(1 for character in text if character > "\x7f") - bad
    return good >= 10 * bad


def _wide_encoding(head: bytes) -> str | None:
    pairs = len(head) // 2
    if pairs == 0:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.6 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    if even > 0.6 * pairs and odd < 0.1 * pairs:
        return "utf-16-be"
    return None


def _single_byte_encoding(data: bytes) -> str:
    foreign = bytes(byte for byte in data if byte > 0x7F)[:200_000]
    best, best_score = _SINGLE_BYTE[0], float("-inf")
    for encoding in _SINGLE_BYTE:
        try:
            text = foreign.decode(encoding)
        except UnicodeDecodeError:
            continue
        score = sum(2 if letter in _SPANISH else 1 if letter.isalpha() else -1 for letter in text)
        if score > best_score:
            best, best_score = encoding, score
    return best


def _transcoded(data: bytes, encoding: str) -> DecodedText:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    out = bytearray()
    replaced = 0
    for start in range(0, len(data), _PIECE):
        text = decoder.decode(data[start : start + _PIECE], final=start + _PIECE >= len(data))
        replaced += text.count("\ufffd")
        out += text.encode("utf-8", errors="replace")
    return DecodedText(bytes(out), encoding, replaced)
