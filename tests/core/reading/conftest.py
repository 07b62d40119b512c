"""Hand-made glTF files: a document of which only the accessors are filled in."""

import json
from pathlib import Path

import numpy as np
import pytest

COMPONENTS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
WIDTHS = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class GlbMaker:
    """Accessors and everything else of a file, by its names in the format."""

    def __init__(self) -> None:
        self.document = {"asset": {"version": "2.0"}, "accessors": [], "bufferViews": []}
        self.binary = b""

    def view(self, content: bytes) -> int:
        """A piece of the buffer."""
        self.document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(content)}
        )
        self.binary += content + bytes(-len(content) % 4)
        return len(self.document["bufferViews"]) - 1

    def accessor(self, values: np.ndarray, **more: object) -> int:
        """An accessor of (N,) or (N, width) values in their own type."""
        values = np.asarray(values)
        found = {"componentType": COMPONENTS[values.dtype.str[1:]], "count": len(values)}
        found["type"] = WIDTHS[values.size // max(len(values), 1)]
        found["bufferView"] = self.view(values.tobytes())
        self.document["accessors"].append(found | more)
        return len(self.document["accessors"]) - 1

    def write(self, path: Path, **parts: object) -> Path:
        """The file; `parts` are the document's other members."""
        document = {"buffers": [{"byteLength": len(self.binary)}]} | self.document | parts
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        chunks = np.uint32([len(text), 0x4E4F534A]).tobytes() + text
        chunks += np.uint32([len(self.binary), 0x004E4942]).tobytes() + self.binary
        path.write_bytes(b"glTF" + np.uint32([2, 12 + len(chunks)]).tobytes() + chunks)
        return path


@pytest.fixture
def glb() -> GlbMaker:
    """A file without anything in it."""
    return GlbMaker()


@pytest.fixture(scope="session")
def glb_maker() -> type[GlbMaker]:
    """For those who need many files."""
    return GlbMaker
