"""The library inside Element X, as its Python package has it.

The package's wheel for x86-64 is made for glibc 2.38; all it takes from there are two functions that older ones have under
their plain names. `python rust_sdk.py DIRECTORY` unpacks a wheel into DIRECTORY and lets the library be content with them.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE = "matrix-sdk-python==0.18.0"
PREFIX = "__isoc23_"


def install(directory: Path, downloads: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "download", "--no-deps", "--only-binary=:all:", "--dest", downloads, "--platform", "manylinux_2_38_x86_64",
         "--python-version", f"{sys.version_info.major}.{sys.version_info.minor}", PACKAGE], check=True)
    for wheel in downloads.glob("matrix_sdk_python-*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(directory)
    for library in directory.glob("matrix_sdk_python/_generated/*.so"):
        library.write_bytes(content_with_older(bytearray(library.read_bytes())))


def content_with_older(elf: bytearray) -> bytearray:
    """Names each `__isoc23_x` plainly `x` of the oldest version, and makes the wish for glibc 2.38 a weak one."""
    sections = Sections(elf)
    symbols, versions, needs = (sections.find(name) for name in (".dynsym", ".gnu.version", ".gnu.version_r"))
    oldest, at = 0, needs.offset
    while True:
        _, count, _, entry, step = struct.unpack_from("<HHIII", elf, at)
        entry += at
        for _ in range(count):
            _, flags, index, name, next_entry = struct.unpack_from("<IHHII", elf, entry)
            match sections.text(symbols.link, name):
                case "GLIBC_2.2.5" if not oldest: oldest = index
                case "GLIBC_2.38": struct.pack_into("<H", elf, entry + 4, flags | 2)
            entry += next_entry
        if step == 0:
            break
        at += step
    for number in range(symbols.size // 24):
        symbol = symbols.offset + 24 * number
        name = struct.unpack_from("<I", elf, symbol)[0]
        if sections.text(symbols.link, name).startswith(PREFIX):
            struct.pack_into("<I", elf, symbol, name + len(PREFIX))
            struct.pack_into("<H", elf, versions.offset + 2 * number, oldest)
    return elf


class Section:
    def __init__(self, header: tuple[int, ...]):
        self.name, self.offset, self.size, self.link = header[0], header[4], header[5], header[6]


class Sections:
    def __init__(self, elf: bytearray):
        self.elf = elf
        start = struct.unpack_from("<Q", elf, 40)[0]
        size, count, self.names = struct.unpack_from("<HHH", elf, 58)
        self.all = [Section(struct.unpack_from("<IIQQQQIIQQ", elf, start + size * n)) for n in range(count)]

    def text(self, table: int, at: int) -> str:
        start = self.all[table].offset + at
        return self.elf[start:self.elf.index(0, start)].decode()

    def find(self, name: str) -> Section:
        return next(section for section in self.all if self.text(self.names, section.name) == name)


if __name__ == "__main__":
    install(Path(sys.argv[1]), Path(sys.argv[2]))
