"""Looks for words in files, in every disguise in which a program might have written them."""

from __future__ import annotations

import base64
import gzip
import re
import zlib
from pathlib import Path
from typing import Iterator


def disguises(word: str) -> dict[str, bytes]:
    """Name → bytes: UTF-8, UTF-16, base64 in its three alignments and both alphabets, hexadecimal."""
    plain = word.encode()
    found = {"utf-8": plain, "utf-16le": word.encode("utf-16-le"), "utf-16be": word.encode("utf-16-be"),
             "hex": plain.hex().encode(), "HEX": plain.hex().upper().encode()}
    for shift in range(3):
        # The first and last letters depend on the neighbours; what lies between does not.
        whole = base64.b64encode(b"\0" * shift + plain)
        core = whole[(0, 2, 3)[shift]:]
        core = core[:len(core) - 4 if len(core) > 12 else len(core)]
        found[f"base64+{shift}"] = core
        found[f"base64url+{shift}"] = core.replace(b"+", b"-").replace(b"/", b"_")
    return found


class Traces:
    """Searches for many words at once."""

    def __init__(self, words: dict[str, str]):
        self.names: dict[bytes, str] = {}
        for name, word in words.items():
            for disguise, pattern in disguises(word).items():
                self.names.setdefault(pattern, f"{name} ({disguise})")
        ordered = sorted(self.names, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(re.escape(pattern) for pattern in ordered))

    def within(self, data: bytes) -> set[str]:
        found = {self.names[match.group()] for match in self._pattern.finditer(data)}
        for inner in inflated(data):
            found |= {f"{self.names[match.group()]}, compressed" for match in self._pattern.finditer(inner)}
        return found

    def under(self, *places: Path) -> tuple[dict[str, set[str]], int]:
        """File → what was found in it; and how many files were read. File names are searched as well."""
        hits: dict[str, set[str]] = {}
        count = 0
        for place in places:
            for file in [place] if place.is_file() else sorted(place.rglob("*")):
                data = str(file.relative_to(place)).encode() + b"\n" if file != place else b""
                if file.is_file():
                    data += file.read_bytes()
                    count += 1
                if found := self.within(data):
                    hits[str(file)] = found
        return hits, count


def inflated(data: bytes) -> Iterator[bytes]:
    """Everything in the data that decompresses as gzip or zlib."""
    for match in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", data):
        try:
            wrapped = data[match.start():match.start() + 4_000_000]
            yield zlib.decompressobj(31 if wrapped[0] == 0x1F else 15).decompress(wrapped, 8_000_000)
        except zlib.error:
            continue


def planted(words: dict[str, str]) -> bytes:
    """A piece of data with every word in it once, compressed: the search must find them all."""
    return b"noise" + gzip.compress("\n".join(words.values()).encode())
