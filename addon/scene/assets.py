"""Results as assets: a preview, tags to find them by, and a description of how they were made.

Catalogs are lines of a text file beside the .blend, as Blender itself writes them:
`<uuid>:<path>:<simple name>`.
"""

import json
import os
import re
import uuid
from pathlib import Path

import bpy

from . import doubts

CATALOGS = "blender_assets.cats.txt"

HEAD = """# This is an Asset Catalog Definition file for Blender.
#
# Other lines are of the format "UUID:catalog/path/for/assets:simple catalog name"

VERSION 1

"""

SETTINGS = ("seed", "resolution", "pictures", "objects", "keep")
"""Of a result's settings, what its description tells."""


DOUBTFUL = "doubtful"
"""Tag of what somebody should look at before using it."""


def mark(thing: bpy.types.Object, catalog: str = "") -> None:
    """Marks a result as an asset, or freshens what it says where it is one.

    Args:
        thing: Something that Isoform has made.
        catalog: Path of a catalog, "Furniture/Chairs", say; none where empty, or where the
            file has not been saved yet.

    Raises:
        OSError: The catalog cannot be written; the object is an asset all the same.
    """
    thing.asset_mark()
    data = thing.asset_data
    present = {each.name for each in data.tags}
    doubt = DOUBTFUL if doubts.is_doubtful(thing) else ""
    for tag in ("isoform", str(thing.get("isoform_category", "")), doubt):
        if tag and tag not in present:
            data.tags.new(tag)
    data.description = description_of(thing)
    thing.asset_generate_preview()
    if catalog and bpy.data.filepath:
        data.catalog_id = catalog_id(Path(bpy.data.filepath).parent, catalog)


def description_of(thing: bpy.types.Object) -> str:
    """One line: category, model, the settings that make it again, and what is doubtful about it."""
    settings = json.loads(thing.get("isoform_settings", "{}"))
    parts = [f"model {Path(str(thing.get('isoform_model', ''))).stem}"]
    for name in SETTINGS:
        value = settings.get(name)
        if value is not None:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            parts.append(f"{name} {text}")
    if (confidence := doubts.confidence_of(thing)) is not None:
        parts.append(f"confidence {confidence:.0%}")
    parts += doubts.warnings_of(thing)
    return f"{str(thing.get('isoform_category', 'shape')).capitalize()}: {'; '.join(parts)}"


def catalog_id(folder: Path, catalog: str) -> str:
    """The identifier of a catalog, which is added to the folder's file where it is missing.

    Raises:
        OSError: The file cannot be read or written; it is left as it was.
    """
    words = re.sub(r"[:\s]+", lambda found: "-" if ":" in found.group() else " ", catalog)
    path = "/".join(part.strip() for part in words.split("/") if part.strip())
    file = folder / CATALOGS
    text = file.read_text(encoding="utf-8") if file.exists() else HEAD
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) >= 2 and fields[1].strip() == path and not line.startswith("#"):
            return fields[0].strip()
    found = str(uuid.uuid4())
    ending = "" if text.endswith("\n") else "\n"
    unfinished = file.with_name(f"{CATALOGS}.part")
    try:
        simple = path.replace("/", "-")
        unfinished.write_text(f"{text}{ending}{found}:{path}:{simple}\n", encoding="utf-8")
        os.replace(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)
    return found
