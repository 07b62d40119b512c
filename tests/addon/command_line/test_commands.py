"""Commands that need a scene, with the fake engine: what is opened, made and saved, and refused."""

import json
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.blender


@pytest.fixture
def command(isoform, capfd):
    """Runs a command; gives exit status, stdout and stderr without Blender's own words."""

    def command(*words):
        capfd.readouterr()
        status = isoform.commands.run([str(each) for each in words])
        said = capfd.readouterr()
        own = [
            line for line in said.out.splitlines() if not line.startswith(("Info: ", "PLY", "0"))
        ]
        return status, "\n".join(own), said.err

    return command


@pytest.fixture
def shot(bowl, tmp_path):
    """A .blend file with two broken bowls in a collection."""
    import bpy

    collection = bpy.data.collections.new("Broken")
    bpy.context.scene.collection.children.link(collection)
    for name in ("Bowl", "Bowl.001"):
        thing = bowl(name, location=(3, 0, 0))
        thing.users_collection[0].objects.unlink(thing)
        collection.objects.link(thing)
    path = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return path


def objects_in(path):
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)  # it may be the open one
    with bpy.data.libraries.load(str(path)) as (found, _):
        return sorted(found.objects)


def test_a_picture_becomes_a_file_of_blender(command, picture, tmp_path):
    output = tmp_path / "stool.blend"
    status, out, err = command("reconstruct", picture("stool.png"), "--output", output)
    assert (status, err) == (0, "")
    assert out == f"{output}: chair, 12 faces, closed, confidence 75%, 0.25 s"
    assert objects_in(output) == ["stool"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["stool.blend", "stool.png"]


def test_all_pictures_and_options_reach_the_engine(command, picture, tmp_path):
    import bpy

    pictures = [picture(each) for each in ("front.png", "side.png", "back.png")]
    words = ("--resolution", 48, "--seed", 5, "--faces", 8, "--size", 2, "--json")
    output = tmp_path / "a.blend"
    status, out, _ = command("reconstruct", *pictures, "--output", output, *words)
    assert status == 0
    told = json.loads(out)
    assert (told["outputs"], told["seed"], told["closed"]) == ([str(output)], 5, [True])
    bpy.ops.wm.open_mainfile(filepath=str(output))
    assert list(bpy.data.objects["front"]["isoform_code"]) == [48, 5, 8, 3]
    assert max(bpy.data.objects["front"].dimensions) == pytest.approx(2.0)


def test_an_object_is_completed_in_its_file_which_stays_as_it_is(command, shot, tmp_path):
    before, output = shot.read_bytes(), tmp_path / "whole.blend"
    words = ("--blend", shot, "--object", "Bowl", "--output", output)
    assert command("complete", *words)[0] == 0
    assert objects_in(output) == ["Bowl", "Bowl completed", "Bowl.001"]
    assert shot.read_bytes() == before


def test_an_object_is_completed_to_a_mesh_file_in_the_world(command, shot, tmp_path):
    output = tmp_path / "whole.obj"
    words = ("--blend", shot, "--object", "Bowl", "--output", output, "--hypotheses", 2)
    status, out, _ = command("complete", *words)
    assert status == 0
    assert out.startswith(f"{output}, {tmp_path / 'whole.2.obj'}: chair, ")
    xs = [float(line.split()[1]) for line in output.read_text().splitlines() if line[:2] == "v "]
    assert min(xs) == pytest.approx(2.0)


@pytest.mark.parametrize("suffix", ["obj", "ply", "stl", "glb"])
def test_mesh_files_are_imported_upright(command, shot, tmp_path, suffix):
    import bpy

    part, output = tmp_path / f"part.{suffix}", tmp_path / "whole.blend"
    words = ("--blend", shot, "--object", "Bowl", "--keep", "none", "--seed", 1)
    assert command("complete", *words, "--output", part)[0] == 0
    tall = "vertices twice as high as wide"
    assert part.is_file(), tall
    status, _, err = command("complete", part, "--keep", "none", "--output", output)
    assert status == 0, err
    bpy.ops.wm.open_mainfile(filepath=str(output))
    original = next(each for each in bpy.data.objects if "completed" not in each.name)
    corners = [original.matrix_world @ vertex.co for vertex in original.data.vertices]
    xs, zs = ([each[axis] for each in corners] for axis in (0, 2))
    assert (min(xs), max(xs)) == (pytest.approx(2.0), pytest.approx(4.0))
    assert (min(zs), max(zs)) == (pytest.approx(-1.0), pytest.approx(1.0))


def test_a_collection_is_completed_to_files(command, shot, tmp_path):
    output = tmp_path / "out"
    words = ("--blend", shot, "--collection", "Broken", "--output", output, "--format", "ply")
    status, out, err = command("batch", *words)
    assert (status, err) == (0, "")
    assert sorted(each.name for each in output.glob("*.ply")) == ["Bowl.001.ply", "Bowl.ply"]
    assert out.splitlines()[-1] == (
        f"2 done, 0 failed, 0 done before, 0 doubtful; see {output / 'isoform_log.jsonl'}"
    )


def test_what_is_doubtful_is_said_of_every_command(command, picture, shot, tmp_path):
    words = ("reconstruct", picture("doubtful.png"), "--faces", 4, "--json")
    status, out, err = command(*words, "--output", tmp_path / "a.blend")
    assert (status, err) == (0, "isoform: the mesh has more faces than asked\n")
    told = json.loads(out)
    assert (told["confidence"], told["notes"]) == (0.25, [])
    assert told["warnings"] == ["the mesh has more faces than asked"]
    words = ("complete", "--blend", shot, "--object", "Bowl", "--keep", "exact", "--json")
    status, out, err = command(*words, "--output", tmp_path / "b.ply")
    assert (status, err) == (0, "isoform: a guess\n")  # a warning of the shape's own
    told = json.loads(out)
    assert (told["confidence"], told["warnings"]) == (0.5, ["a guess"])
    picture("good.png")
    words = ("batch", tmp_path, "--as", "assets", "--faces", 4, "--json")
    status, out, err = command(*words, "--output", tmp_path / "out")
    told = json.loads(out)
    assert (told["done"], told["doubtful"]) == (2, 2)
    assert "isoform: good.png: the mesh has more faces than asked\n" in err


def test_results_are_assets_of_one_file_and_resumed_there(command, picture, tmp_path):
    folder, output = tmp_path / "pictures", tmp_path / "library"
    folder.mkdir()
    for name in ("a.png", "b.png", "blank.png"):
        picture(name).rename(folder / name)
    words = ("batch", folder, "--output", output, "--as", "assets", "--workers", 2)
    status, _, err = command(*words)
    assert status == 1
    assert "isoform: blank.png: the picture blank.png is fully transparent" in err
    assert objects_in(output / "isoform_assets.blend") == ["a", "b"]
    picture("c.png").rename(folder / "c.png")
    status, out, _ = command(*words, "--resume", "--json")
    counts = json.loads(out)
    assert (counts["done"], counts["failed"], counts["skipped"]) == (1, 1, 2)
    assert objects_in(output / "isoform_assets.blend") == ["a", "b", "c"]


def test_everything_else_is_passed_on(isoform, command, monkeypatch, picture, tmp_path):
    asked = []
    monkeypatch.setattr(isoform.asked, "run_engine", lambda python, words: asked.append(words) or 7)
    words = ["reconstruct", str(picture("a.png")), "--output", str(tmp_path / "a.glb")]
    assert command(*words)[0] == 7
    assert asked == [words]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("reconstruct x.png --output {}/a.blend", "there is no picture"),
        ("reconstruct x.png --output /nowhere/a.blend", "there is no folder '/nowhere'"),
        ("reconstruct x.png --output {}/a.blend --size 0", "--size must be a positive number"),
        ("reconstruct x.png --output {}/a.blend --frame unit", "--frame unit has no meaning"),
        ("reconstruct --output {}/a.blend", "the following arguments are required: PICTURE"),
        ("complete x.ply --output {}/a.blend", "there is no file 'x.ply'"),
        ("complete {}/x.fbx --output {}/a.blend", "is no mesh that can be read"),
        ("complete {}/bad.obj --output {}/a.blend", "holds no mesh"),
        ("complete --blend {}/no.blend --object A --output {}/b.glb", "there is no file"),
        ("complete --blend {}/x.fbx --object A --output {}/b.glb", "is no .blend file"),
        ("complete --object A --output {}/b.glb", "has no object 'A' (it has none)"),
        ("batch --collection A --output {}/out", "the file has no collection 'A'"),
        ("batch --collection A --output {}/out --workers 0", "--workers must be 1 to 64"),
        ("bake", "invalid choice: 'bake'"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(command, tmp_path, words, sentence):
    for name in ("x.fbx", "bad.obj"):
        (tmp_path / name).write_bytes(b"nothing")
    status, _, err = command(*words.replace("{}", str(tmp_path)).split())
    assert status == 2
    said = [line for line in err.splitlines() if line.startswith("isoform: ")]
    assert len(said) == 1
    assert sentence in said[0]
    assert not list(tmp_path.glob("*.blend"))


def test_a_folder_that_cannot_be_written_keeps_what_was_there(command, picture, tmp_path):
    output = tmp_path / "a.blend"
    output.mkdir()
    status, _, err = command("reconstruct", picture("a.png"), "--output", output)
    assert (status, err) == (2, f"isoform: the output '{output}' is a folder; name a file in it\n")


def test_ctrl_c_ends_with_a_word(isoform, command, monkeypatch, picture, tmp_path):
    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(isoform.commands, "time", SimpleNamespace(sleep=interrupt))
    status, _, err = command("reconstruct", picture("a.png"), "--output", tmp_path / "a.blend")
    assert (status, err) == (130, "isoform: stopped\n")
    assert not (tmp_path / "a.blend").exists()


def test_where_no_engine_is_installed_a_farm_hears_of_its_variable(
    isoform, command, monkeypatch, picture, tmp_path
):
    def find(chosen):
        sentence = "the engine is not installed yet; press Install"
        raise isoform.errors.WorkerError(sentence, remedy=isoform.errors.INSTALL_RUNTIME)

    monkeypatch.setattr(isoform.places, "worker_python", find)
    for name in ("a.glb", "a.blend"):
        status, _, err = command("reconstruct", picture("a.png"), "--output", tmp_path / name)
        assert status == 2
        assert err == (
            "isoform: the engine is not installed yet; press Install; "
            "or name a Python that has torch with ISOFORM_PYTHON\n"
        )


def test_the_command_is_gone_with_the_add_on(isoform):
    handle = isoform.commands._handle
    assert handle is not None
    isoform.commands.unregister()
    assert isoform.commands._handle is None
    isoform.commands.register()
    assert isoform.commands._handle is not None
