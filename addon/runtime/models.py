"""The models that there are: those that ship, those in the user's folder, and a chosen file.

Panels draw from what is known here and never ask the disk: it is asked when the add-on starts,
when a file is loaded or chosen, and when the artist asks for it, and of a folder that has not
changed only its time. The lists for drop-downs are kept: Blender does not keep their strings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...core.errors import ModelFileError
from ...core.models.card import Card, read_card
from . import places

SUFFIX = ".safetensors"

USER_FOLDER = "models"
"""In the extension's own user folder: model files that the artist puts there are listed."""

CHOOSE = "FILE"
"""The entry of the drop-down that opens a file selector."""

Item = tuple[str, str, str, str, int]

AUTOMATIC = ("auto", "Automatic", "Recognised by the engine", "NONE", 0)

CATEGORIES = {
    "bottle": ("Bottle", "A bottle"),
    "bowl": ("Bowl", "A bowl"),
    "chair": ("Chair", "A chair"),
    "lamp": ("Lamp", "A lamp"),
    "mug": ("Mug", "A mug"),
    "sofa": ("Sofa", "A sofa"),
    "table": ("Table", "A table"),
    "vase": ("Vase", "A vase"),
    "wineglass": ("Wine Glass", "A wine glass"),
}
"""Labels and tooltips of what the starter model knows; others are called as their model does."""

OTHER_CATEGORY = "One of the categories that the model was trained on"


@dataclass(frozen=True)
class Model:
    """A model file, as far as it is known."""

    key: str
    """What the engine is told: the name of a shipped model, or the path of a file."""

    label: str

    card: Card | None
    """None where it could not be read, or has not been."""

    problem: str
    """Why not, as a sentence; empty where it could, or has not been."""


_shelf: dict[str, Model] = {}
_folder_times: dict[Path, int] = {}
_items: dict[tuple[object, ...], list[Item]] = {}


def refresh(keys: Sequence[str] = ()) -> None:
    """Looks for models where the disk has changed, and reads the cards of `keys` as well."""
    own = own_folder()
    folders = [places.ROOT / "core" / "zoo", *([] if own is None else [own])]
    for folder in folders:
        time_ns = folder.stat().st_mtime_ns if folder.is_dir() else 0
        if _folder_times.get(folder) == time_ns:
            continue
        _folder_times[folder] = time_ns
        for key in [each for each, model in _shelf.items() if _path(each).parent == folder]:
            del _shelf[key]
        is_shipped = folder is folders[0]
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            key = path.stem if is_shipped else str(path)
            _shelf[key] = _read(key)
    for key in keys:
        if key not in _shelf or _shelf[key].card is None:
            _shelf[key] = _read(key)


def own_folder() -> Path | None:
    """Where the artist's own models lie, if it exists; None where this is no extension."""
    folder = places.user_folder()
    return None if folder is None else folder / USER_FOLDER


def choose(path: Path) -> str:
    """Adds a model file to the list and returns its key.

    Raises:
        ModelFileError: It is no model of ours.
    """
    model = _read(str(path))
    if model.card is None:
        raise ModelFileError(model.problem)
    _shelf[model.key] = model
    return model.key


def ask_soon() -> None:
    """Opens the file selector for a model, once Blender has done with the drop-down.

    A drop-down that opens a selector while it is being closed crashes Blender (seen in 5.2).
    """
    if not bpy.app.timers.is_registered(_ask):
        bpy.app.timers.register(_ask, first_interval=0.0)


def known(key: str) -> Model:
    """What is known of a model; asks nobody."""
    return _shelf.get(key) or Model(key, _path(key).stem, None, "")


def label_of(category: str) -> str:
    """How a category is called in panels; translated by Blender."""
    if category == AUTOMATIC[0]:
        return AUTOMATIC[1]
    return CATEGORIES.get(category, (category.replace("_", " ").title(), ""))[0]


def model_items(chosen: str) -> list[Item]:
    """The drop-down of models, with the chosen one whether or not it is there."""
    keys = [*_shelf, *([] if chosen in _shelf else [chosen])]
    stamp = ("models", *((key, _shelf.get(key)) for key in keys))
    if stamp not in _items:
        rows = [_model_item(known(key), number) for number, key in enumerate(keys)]
        tip = "Choose a model file that lies elsewhere"
        rows.append((CHOOSE, "Model File...", tip, "FILE_FOLDER", len(rows)))
        _items[stamp] = rows
    return _items[stamp]


def category_items(chosen: str) -> list[Item]:
    """The drop-down of what a model knows; of one whose card is not known, "auto" alone."""
    card = known(chosen).card
    names = () if card is None else card.categories
    if ("categories", *names) not in _items:
        rows = [AUTOMATIC]
        for name in names:
            tip = CATEGORIES.get(name, ("", OTHER_CATEGORY))[1]
            rows.append((name, label_of(name), tip, "NONE", len(rows)))
        _items["categories", *names] = rows
    return _items["categories", *names]


def _model_item(model: Model, number: int) -> Item:
    if model.card is None:
        return (model.key, model.label, model.problem or model.key, "ERROR", number)
    return (model.key, model.label, ", ".join(model.card.categories), "NONE", number)


def _path(key: str) -> Path:
    """The file of a model, as the engine finds it."""
    path = Path(key)
    return path if path.suffix == SUFFIX else places.ROOT / "core" / "zoo" / f"{key}{SUFFIX}"


def _read(key: str) -> Model:
    path = _path(key)
    is_shipped = path.suffix != Path(key).suffix
    label = path.stem.replace("_", " ").title() if is_shipped else path.stem
    try:
        return Model(key, label, read_card(path), "")
    except ModelFileError as error:
        return Model(key, label, None, str(error))


def _ask() -> None:
    """The timer, which has no window of its own."""
    window = bpy.context.window or bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.isoform.choose_model("INVOKE_DEFAULT")  # type: ignore[attr-defined]


@bpy.app.handlers.persistent
def _after_load(_path: object) -> None:
    """The scenes of the new file may name models that lie elsewhere."""
    refresh([each.isoform.model_name for each in bpy.data.scenes])  # type: ignore[attr-defined]


def register() -> None:
    """Reads the cards, and those that a file names when it is loaded."""
    refresh([places.MODEL])
    bpy.app.handlers.load_post.append(_after_load)


def unregister() -> None:
    """Forgets all."""
    bpy.app.handlers.load_post.remove(_after_load)
    if bpy.app.timers.is_registered(_ask):
        bpy.app.timers.unregister(_ask)
    for each in (_shelf, _folder_times, _items):
        each.clear()
