"""Which picture files are read: declared once for the engine, for batches and for Blender.

The engine goes by a file's content; a suffix only says which files of a folder are pictures.
"""

PICTURE_SUFFIXES = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "AVIF": (".avif", ".avifs"),
    "TGA": (".tga",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
"""By format, as Pillow calls it. Of an animation the first frame counts."""

PICTURES = tuple(suffix for suffixes in PICTURE_SUFFIXES.values() for suffix in suffixes)

FORMAT_NAMES = ", ".join({"WEBP": "WebP"}.get(name, name) for name in PICTURE_SUFFIXES)
"""For a person."""
