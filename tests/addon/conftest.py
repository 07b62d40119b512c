"""The add-on in a real Blender module, staged as in its package, with an engine without torch."""

import importlib
import json
import shutil
import struct
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import build

packaging = build.development("packaging")

ROOT = Path(__file__).parents[2]


CATEGORIES = ("bottle", "chair", "lamp", "sofa", "table", "wineglass")
"""Of the staged model."""


def write_card(path, categories):
    """Writes a model file that has a card and no weights."""
    card = {"name": path.stem, "categories": categories, "licence": "GPL-3.0-or-later"}
    card["trained_on"] = {"assets": "1,931 shapes"}
    header = json.dumps({"__metadata__": {"isoform": json.dumps(card)}}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(header)) + header)


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    """The zip of the checkout, packaged in the environment of the test run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "environment", lambda: Path(sys.executable))
        patch.setattr(build, "ENVIRONMENT", Path(sys.prefix))
        return packaging.package(tmp_path_factory.mktemp("dist"), allow_changes=True)


@pytest.fixture(scope="session")
def staged(tmp_path_factory):
    """Folder that holds the package `isoform`, whose engine is the fake one."""
    folder = tmp_path_factory.mktemp("stage")
    package = folder / "isoform"
    unwanted = shutil.ignore_patterns("__pycache__", "development", "zoo", "train", "evaluate")
    for part in ("addon", "core"):
        shutil.copytree(ROOT / part, package / part, ignore=unwanted)
    shutil.copy(ROOT / "blender_manifest.toml", package)
    fake = package / "core" / "operations" / "engine.py"
    shutil.copy(Path(__file__).parent / "fake_engine.py", fake)
    write_card(package / "core" / "zoo" / "starter.safetensors", CATEGORIES)
    (package / "__init__.py").write_text(packaging.ROOT_MODULE)
    return folder


MODULES = {
    **{name: f"batch.{name[6:]}" for name in ("batch_run", "batch_scene")},
    **{"batch_timer": "batch.timer", "batch_operators": "operators.batch"},
    **{"asked": "command_line.asked", "commands": "command_line.commands"},
    **{name: f"jobs.{name}" for name in ("job", "queue", "remedies", "report", "rows")},
    **{name: f"jobs.{name}" for name in ("scheduler", "timing_history")},
    **{"shapes": "operators.shapes", "job_operators": "operators.jobs"},
    **{"classes": "classes", "panel_result": "panels.result"},
    **{"picture_operators": "operators.pictures"},
    **{"panel": "panels.main", "panel_jobs": "panels.jobs"},
    **{name: f"panels.{name}" for name in ("help", "menus", "wrapping")},
    **{name: f"runtime.{name}" for name in ("models", "places")},
    **{name: f"scene.{name}" for name in ("assets", "blend_files", "completion", "cut_out")},
    **{name: f"scene.{name}" for name in ("doubts", "hypotheses", "mesh_in", "mesh_out")},
    **{name: f"scene.{name}" for name in ("object_out", "picture_in", "quality", "snapshot")},
    **{name: f"scene.{name}" for name in ("reconstruction", "standing", "views")},
    **{name: name for name in ("setting_properties", "translations", "words")},
}
"""Where the modules of the add-on are that tests look into, by what they call them."""


@pytest.fixture(scope="session")
def enabled(staged):
    """The modules of the enabled add-on."""
    addon_utils = _import_blender()
    sys.path.insert(0, str(staged))
    assert addon_utils.enable("isoform", default_set=True) is not None
    modules = {
        name: importlib.import_module(f"isoform.addon.{place}") for name, place in MODULES.items()
    }
    errors = importlib.import_module("isoform.core.errors")
    messages = importlib.import_module("isoform.core.worker.protocol")
    settings = importlib.import_module("isoform.core.operations.settings")
    fake = importlib.import_module("isoform.core.operations.engine")
    worker = {
        name: importlib.import_module(f"isoform.core.worker.{name}")
        for name in ("client", "job_messages", "pool", "supervision")
    }
    cores = {"errors": errors, "messages": messages, "settings": settings, "fake": fake}
    yield SimpleNamespace(**modules, **worker, **cores)
    addon_utils.disable("isoform", default_set=True)
    sys.path.remove(str(staged))


@pytest.fixture
def isoform(enabled):
    """The add-on in a new, empty file, with the worker of the test before."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.preferences.addons["isoform"].preferences.python_path = sys.executable
    yield enabled
    if bpy.app.timers.is_registered(enabled.scheduler._tick):
        bpy.app.timers.unregister(enabled.scheduler._tick)
    if enabled.scheduler.supervisor.task is not None:
        enabled.scheduler.supervisor.stop()
    enabled.batch_timer.stop()
    for job in list(enabled.scheduler.queue.jobs):
        enabled.scheduler.queue.remove(job)
    enabled.scheduler.show()


@pytest.fixture
def run(isoform):
    """What the panel shows."""
    import bpy

    return bpy.context.window_manager.isoform


@pytest.fixture
def picture(tmp_path):
    """Makes a picture file whose name tells the fake engine what to do."""
    from PIL import Image

    def make(name):
        path = tmp_path / name
        Image.new("RGBA", (4, 4), (200, 80, 20, 255)).save(path)
        return path

    return make


@pytest.fixture
def pictures(tmp_path, picture):
    """Makes a folder of pictures, whose names tell the fake engine what to do."""

    def make(*names):
        folder = tmp_path / "pictures"
        folder.mkdir(exist_ok=True)
        for name in names:
            picture(name).rename(folder / name)
        return folder

    return make


@pytest.fixture
def follow(isoform):
    """Starts a job as the panel does, and plays the timer, which needs a window, until `until`."""
    import bpy

    def start(path):
        settings = bpy.context.scene.isoform
        settings.picture = bpy.data.images.load(str(path))
        asked = isoform.settings.ReconstructSettings(
            resolution=64, target_faces=settings.face_limit or None
        )
        return begin(isoform.reconstruction.Order(asked, settings.picture))

    def complete(**options):
        asked = isoform.settings.CompleteSettings(**({"keep": "exact", "resolution": 64} | options))
        return begin(isoform.completion.Order(asked))

    def begin(order):
        job = isoform.scheduler.add(bpy.context, order)
        isoform.scheduler.follow()
        return job

    def until(condition, limit_s=20.0):
        end = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < end, f"not within {limit_s} s"
            if isoform.scheduler._tick() is None:
                assert condition(), bpy.context.window_manager.isoform.status
            else:
                time.sleep(isoform.scheduler.TICK_S)

    return SimpleNamespace(start=start, complete=complete, until=until)


@pytest.fixture
def worker(isoform):
    """Gives the worker's process, as it is when asked."""
    return lambda: isoform.scheduler.supervisor._client._process


@pytest.fixture
def next_job_works(follow, run, picture):
    """Asserts it, and that what failed has left nothing in the scene."""

    def check():
        assert _object_names() == []
        follow.start(picture("next.png"))
        follow.until(lambda: not run.is_running)
        assert _object_names() == ["next"]

    return check


@pytest.fixture
def bowl(isoform):
    """Makes an open box of quads, 2 m wide, selected and active: a cube that lacks its top."""
    import bpy

    def make(name="Bowl", **transform):
        data = bpy.data.meshes.new(name)
        data.from_pydata(BOWL_VERTICES, [], BOWL_FACES)
        thing = bpy.data.objects.new(name, data)
        bpy.context.collection.objects.link(thing)
        for channel, value in transform.items():
            setattr(thing, channel, value)
        thing.select_set(True)
        bpy.context.view_layer.objects.active = thing
        bpy.context.view_layer.update()
        return thing

    return make


@pytest.fixture
def user_folder(isoform, monkeypatch, tmp_path):
    """The folder for models of the artist's own; the list is as before afterwards."""
    monkeypatch.setattr(isoform.places, "user_folder", lambda: tmp_path)
    yield tmp_path / "models"
    monkeypatch.undo()
    isoform.models.unregister()
    isoform.models.register()


@pytest.fixture
def settings(isoform, picture):
    """The panel's, with a picture in its first slot."""
    import bpy

    settings = bpy.context.scene.isoform
    settings.picture = bpy.data.images.load(str(picture("mug.png")))
    yield settings
    isoform.cut_out.gallery.clear()


@pytest.fixture
def broken(bowl):
    """A collection of two bowls, one of them in another inside, and a lamp."""
    import bpy

    collection, inner = bpy.data.collections.new("Broken"), bpy.data.collections.new("Inner")
    bpy.context.scene.collection.children.link(collection)
    collection.children.link(inner)
    for name, place in (("One", collection), ("../Two", inner)):
        thing = bowl(name, location=(3, 0, 0))
        for each in thing.users_collection:
            each.objects.unlink(thing)
        place.objects.link(thing)
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    collection.objects.link(lamp)
    return collection


@pytest.fixture
def context():
    """Of a sidebar that is as narrow as Blender makes a new one."""
    system = SimpleNamespace(ui_scale=1.0)
    region = SimpleNamespace(width=280)
    return SimpleNamespace(region=region, preferences=SimpleNamespace(system=system))


BOWL_VERTICES = [(x, y, z) for z in (-1, 1) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
BOWL_FACES = [(3, 2, 1, 0), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]


def _object_names():
    import bpy

    return sorted(each.name for each in bpy.data.objects)


def _import_blender():
    pytest.importorskip("bpy", reason="Blender's module is not installed")
    import addon_utils

    return addon_utils
