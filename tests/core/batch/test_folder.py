"""A batch over a folder: what its inputs are, what their results are called, where they go."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.batch.folder import MESHES, FileStore, check_output_folder, common_folder, inputs_of
from core.batch.log import BatchLog, Entry
from core.errors import FREE_DISK, InputError
from core.files.picture_formats import PICTURES
from core.worker.protocol import Complete, Reconstruct

TEMPLATE = Reconstruct(
    job="",
    folder="",
    pictures=(),
    category="auto",
    resolution=64,
    target_faces=None,
    seed=5,
    size_m=1.0,
    model="starter",
    device="cpu",
)

COMPLETE = Complete(
    job="",
    folder="",
    mesh="",
    category="auto",
    pose="auto",
    keep="auto",
    hypotheses=3,
    empty="none",
    noise=None,
    resolution=64,
    seed=5,
    model="starter",
    device="cpu",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures and meshes, some of them below, some hidden."""
    inputs = tmp_path / "inputs"
    for name in ("b.png", "A.JPG", "sub/b.png", "note.txt", ".b.png", ".git/c.png", "m.obj"):
        (inputs / name).parent.mkdir(parents=True, exist_ok=True)
        (inputs / name).write_bytes(name.encode())
    return inputs


@pytest.fixture
def output(tmp_path: Path) -> Path:
    check_output_folder(tmp_path / "made" / "output")
    return tmp_path / "made" / "output"


def names(files: list[Path], folder: Path) -> list[str]:
    return [each.relative_to(folder).as_posix() for each in files]


def test_inputs_are_found_below_in_a_fixed_order_and_hidden_ones_left_out(
    folder: Path, output: Path
) -> None:
    assert names(inputs_of(folder, PICTURES, output), folder) == ["A.JPG", "b.png", "sub/b.png"]
    assert names(inputs_of(folder, MESHES, output), folder) == ["m.obj"]


def test_results_inside_the_folder_are_no_inputs(folder: Path) -> None:
    check_output_folder(folder / "out")
    (folder / "out" / "m.glb").write_bytes(b"")
    assert names(inputs_of(folder, MESHES, folder / "out"), folder) == ["m.obj"]
    with pytest.raises(InputError, match="the results would lie among the inputs"):
        inputs_of(folder, MESHES, folder / "sub" / "..")


def test_a_folder_without_inputs_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        inputs_of(tmp_path / "missing", PICTURES, tmp_path)
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match=r"there is no input in .* \(looked for \.png"):
        inputs_of(folder / "empty", PICTURES, tmp_path)


def test_results_are_named_after_their_inputs(folder: Path, output: Path) -> None:
    files = inputs_of(folder, PICTURES, output)
    items = FileStore(output, ".ply").items(folder, files, TEMPLATE, BatchLog(output))
    assert {each.name: each.output for each in items} == {
        "A.JPG": "A.ply",
        "b.png": "b.ply",
        "sub/b.png": "sub_b.ply",
    }
    assert b"".join(items[1].content()) == b"b.png"
    job = items[2].request(output / "7")
    assert (job.job, job.folder) == ("7", str(output / "7"))
    assert job.pictures == (str(folder / "sub" / "b.png"),)
    assert job.output == str(output / "sub_b.ply")
    assert job.seed == 5


def test_files_from_anywhere_have_one_folder_in_common(folder: Path) -> None:
    assert common_folder([folder / "b.png"]) == folder
    assert common_folder([folder / "sub" / "b.png", folder / "A.JPG"]) == folder
    assert common_folder([folder / "sub" / "b.png", folder.parent / "x.png"]) == folder.parent


def test_files_of_two_drives_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(paths: list[Path]) -> str:
        raise ValueError("Paths don't have the same drive")

    monkeypatch.setattr(os.path, "commonpath", refuse)
    with pytest.raises(InputError, match=r"different drives, .*b\.png on one"):
        common_folder([folder / "b.png", Path("D:/a.png")])


def test_meshes_are_asked_for_as_files(folder: Path, output: Path) -> None:
    files = inputs_of(folder, MESHES, output)
    (item,) = FileStore(output, ".glb").items(folder, files, COMPLETE, BatchLog(output))
    job = item.request(output / "7")
    assert (job.mesh, job.output) == (str(folder / "m.obj"), str(output / "m.glb"))


def outputs(output: Path, *inputs: str, template: Reconstruct | Complete = TEMPLATE) -> list[str]:
    """Names of the results of files."""
    folder = output.parent
    files = [folder / each for each in inputs]
    items = FileStore(output, ".glb").items(folder, files, template, BatchLog(output))
    return [each.output for each in items]


def test_one_stem_from_two_suffixes_or_folders_gives_two_names(output: Path) -> None:
    found = outputs(output, "a.png", "a.jpg", "sub/a.png", "sub_a.png", "A.tif")
    assert found == ["a.glb", "a_2.glb", "sub_a.glb", "sub_a_2.glb", "A_3.glb"]


@pytest.mark.parametrize("name", ["../x", "/etc/x", "CON", ".", "..", "C:\\x", "x" * 250, "a.001"])
def test_no_name_leaves_the_output_folder(output: Path, name: str) -> None:
    store = FileStore(output, ".glb")
    found = store.outputs({"input": name}, TEMPLATE, BatchLog(output))["input"]
    assert (output / found).resolve().parent == output.resolve()
    (output / found).write_bytes(b"")


def test_the_number_of_an_object_is_no_suffix(output: Path) -> None:
    wanted = {"Cube": "Cube", "Cube.001": "Cube.001"}
    found = FileStore(output, ".glb").outputs(wanted, TEMPLATE, BatchLog(output))
    assert list(found.values()) == ["Cube.glb", "Cube.001.glb"]


def test_files_of_somebody_else_are_never_replaced(output: Path) -> None:
    (output / "a.glb").write_bytes(b"precious")
    (output / "c.2.glb").symlink_to("nowhere")
    assert outputs(output, "a.png", "b.png") == ["a_2.glb", "b.glb"]
    assert outputs(output, "c.obj", template=COMPLETE) == ["c_2.glb"]


def test_a_name_stays_when_other_inputs_come_and_go(output: Path) -> None:
    log = BatchLog(output)
    for name, given in (("sub/a.png", "sub_a.glb"), ("a.jpg", "a.glb")):
        log.append(Entry(name, "started", given, "", 0, {}))
        (output / given).write_bytes(b"")
    assert outputs(output, "a.bmp", "a.jpg", "sub/a.png") == ["a_2.glb", "a.glb", "sub_a.glb"]


@pytest.mark.parametrize("name", ["../a.glb", "/a.glb", "CON.glb", "a.ply", "", ".glb"])
def test_a_name_that_a_log_makes_up_is_not_used(output: Path, name: str) -> None:
    BatchLog(output).append(Entry("a.png", "done", name, "", 0, {}))
    assert outputs(output, "a.png") == ["a.glb"]


def test_what_was_written_is_looked_for_in_the_output_folder_alone(output: Path) -> None:
    store = FileStore(output, ".glb")
    (output / "a.glb").write_bytes(b"")
    (output.parent / "b.glb").write_bytes(b"")
    assert store.has(["a.glb"])
    assert store.has([])
    assert not store.has(["a.glb", "../b.glb"])


def test_too_little_room_is_said(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(output, ".glb")
    store.check()
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    with pytest.raises(InputError, match=r"is full \(1 MB are left\)") as caught:
        store.check()
    assert caught.value.remedy == FREE_DISK


def test_an_output_folder_that_goes_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is gone"):
        FileStore(tmp_path / "gone", ".glb").check()


def test_an_output_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be written to"):
        check_output_folder(tmp_path / "file" / "output")
