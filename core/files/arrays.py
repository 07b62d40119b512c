"""Arrays as .npz files, written and read with the standard library alone.

The files are NumPy's own, uncompressed and without pickle: `numpy.load` reads them. Not every
Blender has NumPy (Debian's does not depend on it), so its side of the process border uses
buffers. Only 32-bit floats and integers, little-endian and in C order, occur, and bytes.

Source: NumPy enhancement proposal 1, "A simple file format for NumPy arrays", version 1.0.
"""

import ast
import math
import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ..errors import WorkerError

MAGIC = b"\x93NUMPY\x01\x00"

ALIGNMENT = 64
"""The numbers start at a multiple of this many bytes, as the format asks."""

FORMATS = {"<f4": "f", "<i4": "i", "|u1": "B"}
"""NumPy's name of an element's type, and the buffer protocol's."""


def write_arrays(path: Path, arrays: Mapping[str, memoryview]) -> None:
    """Writes the arrays to a temporary name beside `path`, then renames it; never half a file.

    Args:
        path: Of the .npz file; replaced when it exists.
        arrays: Contiguous 32-bit floats or integers, or bytes, of any shape.

    Raises:
        ValueError: An array has another type.
        OSError: The file cannot be written; an older one is kept.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(temporary, "w") as file:
            for name, numbers in arrays.items():
                # not dated: a clock set back before 1980 has no date that an archive can hold
                member = zipfile.ZipInfo(f"{name}.npy")
                file.writestr(member, _header(numbers) + numbers.tobytes())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_arrays(path: Path, names: tuple[str, ...]) -> list[memoryview]:
    """The arrays of a file by `write_arrays`, in the order of `names`, each with its shape.

    Raises:
        WorkerError: The file is missing, truncated, or holds something else.
    """
    try:
        with zipfile.ZipFile(path) as file:
            return [_numbers(file.read(f"{name}.npy")) for name in names]
    except (OSError, ValueError, KeyError, SyntaxError, zipfile.BadZipFile) as error:
        raise WorkerError(
            f"the file {path} of the job cannot be read ({error}); start the job again"
        ) from error


def _header(numbers: memoryview) -> bytes:
    format_ = "i" if numbers.format == "l" else numbers.format  # NumPy says "l" on Windows
    found = [name for name, each in FORMATS.items() if each == format_]
    if not found or numbers.itemsize != int(found[0][-1]):
        raise ValueError(
            f"32-bit floats or integers or bytes can be written; found {numbers.format!r}"
        )
    descr = found[0]
    text = repr({"descr": descr, "fortran_order": False, "shape": numbers.shape}).encode()
    unpadded = len(MAGIC) + 2 + len(text) + 1
    text += b" " * (-unpadded % ALIGNMENT) + b"\n"
    return MAGIC + struct.pack("<H", len(text)) + text


def _numbers(data: bytes) -> memoryview:
    start = len(MAGIC) + 2
    if data[: len(MAGIC)] != MAGIC or len(data) < start:
        raise ValueError("not an array of version 1.0")
    end = start + struct.unpack("<H", data[len(MAGIC) : start])[0]
    header = ast.literal_eval(data[start:end].decode("latin-1"))
    if not isinstance(header, dict) or header.keys() != {"descr", "fortran_order", "shape"}:
        raise ValueError("not an array's header")
    descr, shape = header["descr"], header["shape"]
    if descr not in FORMATS or header["fortran_order"]:
        raise ValueError(f"elements of type {descr!r} in C order were not expected")
    numbers = memoryview(data)[end:]
    if len(numbers) != int(descr[-1]) * math.prod(shape):
        raise ValueError(f"{len(numbers)} bytes for the shape {shape}")
    if len(numbers) == 0:  # memoryview cannot be cast to a shape without elements
        return numbers.cast(FORMATS[descr])
    return numbers.cast(FORMATS[descr], shape)
