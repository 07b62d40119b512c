"""A batch in Blender: from a script to its end, and from the panel by the timer."""

import json
import os
import signal
import time

import pytest

pytestmark = pytest.mark.blender


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
def play(isoform):
    """Plays the batch's timer, which needs a window, until it ends or `until` is true."""

    def play(until=lambda: False):
        end = time.monotonic() + 60
        while not until():
            assert time.monotonic() < end
            if isoform.batch_runs._tick() is None:
                return
            time.sleep(0.02)

    return play


@pytest.fixture
def begin(isoform):
    """Begins a batch as the panel does."""
    import bpy

    def begin(source, output, suffix=".glb", workers=1, is_resumed=True):
        settings = bpy.context.scene.isoform
        is_picture = not isinstance(source, bpy.types.Collection)
        operators = isoform.batch_operators
        asked = operators.pictures_asked if is_picture else operators.meshes_asked
        order = isoform.batch_run.Order(
            source, output, suffix, workers, is_resumed, asked(settings, "cpu")
        )
        isoform.batch_runs.follow(order)

    return begin


def lines(output):
    log = output / "isoform_log.jsonl"
    return [json.loads(each) for each in log.read_text().splitlines()]


def ended(output):
    return {each["input"]: each for each in lines(output) if each["status"] != "started"}


def shown():
    import bpy

    return bpy.context.window_manager.isoform.batch


def test_a_folder_of_pictures_becomes_files(isoform, pictures, tmp_path):
    import bpy

    folder, output = pictures("stool.png", "blank.png", "surprise.png", "jar.png"), tmp_path / "out"
    bpy.context.scene.isoform.seed = 7
    done = bpy.ops.isoform.batch(folder=str(folder), output=str(output), format="ply", workers=2)
    assert done == {"FINISHED"}
    assert sorted(each.name for each in output.glob("*.ply")) == ["jar.ply", "stool.ply"]
    told = ended(output)
    assert {name for name, each in told.items() if each["status"] == "done"} == {
        "jar.png",
        "stool.png",
    }
    assert "is fully transparent" in told["blank.png"]["error"]
    assert told["stool.png"]["seed"] == 7
    assert told["stool.png"]["version"] == isoform.runtime.version()
    assert len(bpy.data.objects) == 0


def test_a_batch_is_resumed(pictures, tmp_path):
    import bpy

    output = tmp_path / "out"
    words = {"folder": str(pictures("a.png", "blank.png")), "output": str(output)}
    bpy.ops.isoform.batch(**words)
    pictures("b.png")
    bpy.ops.isoform.batch(**words)
    begun = [each["input"] for each in lines(output) if each["status"] == "started"]
    assert begun == ["a.png", "blank.png", "b.png", "blank.png"]
    bpy.ops.isoform.batch(**words, resume=False)
    assert [each["input"] for each in lines(output)].count("a.png") == 4


def test_a_folder_of_pictures_becomes_assets_in_a_row(pictures, tmp_path):
    import bpy

    folder, output = pictures("a.png", "b.png", "blank.png"), tmp_path / "out"
    words = {"folder": str(folder), "output": str(output), "results": "assets"}
    bpy.ops.isoform.batch(**words)
    assert [each.name for each in bpy.data.objects] == ["a", "b"]
    for thing in bpy.data.objects:
        assert thing.asset_data is not None
        assert "isoform" in thing.asset_data.tags
        assert thing["isoform_input"] == f"{thing.name}.png"
    a, b = bpy.data.objects
    assert b.location.x - a.location.x == pytest.approx(1.5)
    assert ended(output)["a.png"]["written"] == ["a"]
    bpy.data.objects.remove(b)
    bpy.ops.isoform.batch(**words)
    assert sorted(each.name for each in bpy.data.objects) == ["a", "b"]
    assert [each["input"] for each in lines(output)].count("a.png") == 2


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


def test_a_collection_becomes_files_in_the_frame_of_the_world(broken, tmp_path):
    import bpy

    output = tmp_path / "out"
    bpy.ops.isoform.batch(
        source="collection", collection="Broken", output=str(output), format="obj"
    )
    assert sorted(each.name for each in output.glob("*.obj")) == ["One.obj", "_Two.obj"]
    written = ended(output)["One"]["written"]
    text = (output / written[0]).read_text().splitlines()
    xs = [float(line.split()[1]) for line in text if line.startswith("v ")]
    assert min(xs) == pytest.approx(2.0)
    assert {path.resolve().parent for path in output.iterdir()} == {output.resolve()}
    assert not bpy.data.objects["One"].hide_get()


def test_a_collection_becomes_assets_in_its_place(broken, tmp_path):
    import bpy

    output = tmp_path / "out"
    words = {"source": "collection", "collection": "Broken", "output": str(output)}
    bpy.ops.isoform.batch(**words, results="assets")
    made = bpy.data.objects["One completed"]
    assert made.asset_data is not None
    assert made.users_collection[0].name == "Broken"
    assert tuple(made.location) == (3, 0, 0)
    assert bpy.data.objects["One"].hide_get()
    assert sorted(ended(output)) == ["../Two", "One"]
    count = len(bpy.data.objects)
    bpy.ops.isoform.batch(**words, results="assets")
    assert len(bpy.data.objects) == count


def test_what_is_not_given_is_said(isoform, tmp_path, broken):
    import bpy

    words = {"folder": str(tmp_path), "output": str(tmp_path / "out")}
    for wrong, sentence in (
        ({"folder": str(tmp_path / "missing"), "output": str(tmp_path)}, "there is no folder"),
        (words, "there is no input in"),
        ({"output": str(tmp_path)}, "needs a source and an output folder"),
        ({"source": "collection", "collection": "x", "output": "/"}, "there is no collection 'x'"),
        ({**words, "source": "meshes", "results": "assets"}, "mesh files of a folder become"),
    ):
        with pytest.raises(RuntimeError, match=sentence):
            bpy.ops.isoform.batch(**wrong)
    bpy.data.collections.new("Empty")
    with pytest.raises(RuntimeError, match="the collection 'Empty' holds no mesh"):
        bpy.ops.isoform.batch(source="collection", collection="Empty", output=str(tmp_path))


def test_the_timer_runs_several_workers_and_tells_the_panel(begin, play, pictures, tmp_path):
    import bpy

    names = ("a.png", "b.png", "blank.png", "c.png", "d.png")
    begin(pictures(*names), tmp_path / "out", workers=3)
    assert not bpy.ops.isoform.batch.poll()
    seen = set()
    play(lambda: seen.add(shown().status))
    assert any(each.endswith("of 5, 0 failed") for each in seen)
    assert (shown().is_running, shown().is_error) == (False, True)
    assert shown().status == "4 done, 1 failed, 0 done before"
    assert shown().hint.startswith("blank.png: the picture blank.png is fully transparent")
    assert len(list((tmp_path / "out").glob("*.glb"))) == 4
    assert bpy.ops.isoform.batch.poll()


def test_a_batch_that_is_stopped_is_resumed(isoform, begin, play, pictures, tmp_path):
    import bpy

    assert not bpy.ops.isoform.stop_batch.poll()
    folder = pictures("a.png", "slow.png")
    begin(folder, tmp_path / "out")
    play(lambda: shown().status.startswith("1 of 2"))
    process = isoform.batch_runs._current.batch._lanes[0]._supervisor._link._process
    assert bpy.ops.isoform.stop_batch() == {"FINISHED"}
    assert process.poll() is not None
    assert shown().status == "Stopped; run it again to go on"
    assert ended(tmp_path / "out").keys() == {"a.png"}
    (folder / "slow.png").rename(folder / "z.png")
    begin(folder, tmp_path / "out")
    play()
    assert shown().status == "1 done, 0 failed, 1 done before"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_killed_worker_stops_no_other_input(isoform, begin, play, pictures, tmp_path):
    begin(pictures("a.png", "slow.png", "z.png"), tmp_path / "out")
    play(lambda: shown().status.startswith("1 of 3"))
    lane = isoform.batch_runs._current.batch._lanes[0]
    for _ in range(2):  # the first death has it tried once more
        play(lambda: lane._job.progress is not None)
        lane._job.progress = None
        process = lane._supervisor._link._process
        os.kill(process.pid, signal.SIGKILL)
        play(lambda process=process: process.poll() is not None)
        play(lambda: lane._supervisor._link is None or lane._supervisor._link.is_alive)
    play()
    told = ended(tmp_path / "out")
    assert "ended unexpectedly (signal 9)" in told["slow.png"]["error"]
    assert told["z.png"]["status"] == "done"


def test_results_from_the_timer_are_undo_steps(begin, play, pictures, tmp_path):
    import bpy

    begin(pictures("a.png", "b.png"), tmp_path / "out", suffix="")
    bpy.ops.ed.undo_push(message="before")  # the module starts without an undo history
    play()
    assert [each.name for each in bpy.data.objects] == ["a", "b"]
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.ed.undo()
    assert [each.name for each in bpy.data.objects] == ["a"]


def test_assets_wait_for_object_mode(begin, play, pictures, tmp_path):
    import bpy

    bpy.ops.mesh.primitive_cube_add()
    begin(pictures("a.png"), tmp_path / "out", suffix="")
    bpy.ops.object.mode_set(mode="EDIT")
    end = time.monotonic() + 1.0
    play(lambda: time.monotonic() > end)
    assert shown().is_running
    assert len(bpy.data.objects) == 1
    bpy.ops.object.mode_set(mode="OBJECT")
    play()
    assert sorted(each.name for each in bpy.data.objects) == ["Cube", "a"]


def test_another_file_ends_a_batch_of_its_scene_and_leaves_others(
    isoform, begin, play, pictures, tmp_path
):
    import bpy

    folder = pictures("a.png", "b.png")
    begin(folder, tmp_path / "assets", suffix="")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert not isoform.batch_runs.is_running()
    begin(folder, tmp_path / "files")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert isoform.batch_runs.is_running()
    play()
    assert len(list((tmp_path / "files").glob("*.glb"))) == 2


def test_a_full_disk_ends_the_batch_with_its_sentence(begin, play, pictures, tmp_path, monkeypatch):
    from types import SimpleNamespace

    begin(pictures("a.png", "b.png"), tmp_path / "out")
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    play()
    assert shown().is_error
    assert "is full (1 MB are left); free some space, and resume" in shown().status
    monkeypatch.undo()
    begin(tmp_path / "pictures", tmp_path / "out")
    play()
    assert shown().status.startswith("2 done, 0 failed")


def test_a_tick_costs_little(isoform, begin, play, pictures, tmp_path):
    begin(pictures("a.png", "slow.png"), tmp_path / "out", workers=2)
    play(lambda: shown().status.startswith("1 of 2"))
    costs = []
    for _ in range(100):
        start = time.perf_counter()
        isoform.batch_runs._tick()
        costs.append(time.perf_counter() - start)
    assert sorted(costs)[50] < 0.001
