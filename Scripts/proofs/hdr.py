"""HdrHistogram's compressed V2 form as hashmark writes it: bucket numbers and counts."""

import base64
import struct
import zlib

HALF = 1024  # buckets of an octave: three significant digits


def index_of(value):
    """A value's bucket."""
    octave = max(0, value.bit_length() - 11)
    return octave * HALF + (value >> octave)


def highest(index):
    """The largest value of a bucket."""
    octave = max(0, index // HALF - 1)
    return ((index - octave * HALF) << octave) + (1 << octave) - 1


def _leb128(value):
    """ZigZag LEB128 of numbers below 2**62."""
    rest, out = ((value << 1) ^ (value >> 63)) & ((1 << 64) - 1), bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def encoded(counts):
    """The form, in base64, of a dictionary from buckets to counts."""
    body, next_index = b"", 0
    for index in sorted(counts):
        if index > next_index:
            gap = index - next_index
            body += _leb128(0 if gap == 1 else -gap)
        body += _leb128(counts[index])
        next_index = index + 1
    head = struct.pack(">IIIIQQd", 0x1C849313, len(body), 0, 3, 1, 3_600_000_000_000, 1.0)
    stream = zlib.compress(head + body)
    return base64.b64encode(struct.pack(">II", 0x1C849314, len(stream)) + stream).decode()


def decoded(text):
    """A dictionary from buckets to counts."""
    body = zlib.decompress(base64.b64decode(text)[8:])[40:]
    counts, index, place = {}, 0, 0
    while place < len(body):
        value, shift = 0, 0
        for position in range(9):
            byte = body[place]
            place += 1
            value |= (byte if position == 8 else byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        number = (value >> 1) ^ -(value & 1)
        if number > 0:
            counts[index] = counts.get(index, 0) + number
        index += -number if number < 0 else 1
    return counts


def add(total, counts):
    """Adds the counts of one to another."""
    for index, count in counts.items():
        total[index] = total.get(index, 0) + count
