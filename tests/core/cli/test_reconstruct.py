"""The command `reconstruct`: what it writes, what it prints, and how it refuses."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from PIL import Image

from core.__main__ import main
from tests.core.cli.doubt import Run, doubt_of


def read(path: Path) -> NDArray[np.float64]:
    return trimesh.load(path, force="mesh", process=False).bounds


def test_the_answer_is_one_sentence(run: Run, tmp_path: Path) -> None:
    status, out, err = run()
    assert (status, err) == (0, doubt_of(err))
    assert out.startswith(f"{tmp_path / 'out.glb'}: ")
    assert out.count("\n") == 1
    assert "closed" in out
    assert "triangles" in out
    assert re.search(r", confidence \d+%, ", out)


def test_json_is_one_object(run: Run, tmp_path: Path) -> None:
    status, out, err = run("--json", "--seed", "3")
    assert (status, err) == (0, doubt_of(err))
    answer = json.loads(out)
    assert 0 <= answer["confidence"] <= 1
    assert [f"isoform: {each}" for each in answer["warnings"]] == err.splitlines()
    assert list(answer["seconds"]) == ["inputs", "prior", "surface", "finish", "writing"]
    assert answer["closed"] is True
    assert answer["seed"] == 3
    assert len(answer["code"]) == 8
    mesh = trimesh.load(tmp_path / "out.glb", force="mesh", process=False)
    assert (answer["vertices"], answer["faces"]) == (len(mesh.vertices), len(mesh.faces))
    np.testing.assert_allclose(answer["bounding_box"], mesh.bounds, atol=1e-6)


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply", ".stl"])
def test_the_unit_cube_is_written_unchanged(run: Run, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"unit{suffix}"
    assert run("--frame", "unit", "--output", path)[0] == 0
    low, high = read(path)
    # an octahedron around the origin, its corners at 0.2 sqrt(3) or a dent of 0.1 from there
    assert np.abs(np.stack([-low, high]) - 0.2 * 3**0.5).max() < 0.1


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply", ".stl"])
def test_the_scene_stands_on_its_floor(run: Run, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"scene{suffix}"
    assert run("--size", "2.5", "--output", path)[0] == 0
    low, high = read(path)
    up = 1 if suffix == ".glb" else 2
    assert low[up] == pytest.approx(0, abs=1e-5)
    assert (high - low).max() == pytest.approx(2.5, abs=1e-5)
    level = [axis for axis in range(3) if axis != up]
    np.testing.assert_allclose((low + high)[level], 0, atol=1e-5)


def test_glb_and_obj_differ_by_the_axes_of_gltf(run: Run, tmp_path: Path) -> None:
    meshes = []
    for name in ("a.glb", "a.obj"):
        assert run("--output", tmp_path / name)[0] == 0
        meshes.append(trimesh.load(tmp_path / name, force="mesh", process=False).triangles)
    x, y, z = np.moveaxis(meshes[1], -1, 0)
    np.testing.assert_allclose(meshes[0], np.stack([x, z, -y], axis=-1), atol=1e-6)


def test_faces_and_category_are_as_asked(run: Run) -> None:
    answer = json.loads(run("--json", "--faces", "300", "--category", "lamp")[1])
    assert answer["faces"] <= 300
    assert answer["category"] == "lamp"


def test_several_pictures_are_one_object(
    run: Run, chair_file: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = json.loads(run("--json")[1])
    options = ["--model", tiny_model, "--resolution", "40", "--output", tmp_path / "a.glb"]
    assert main(["reconstruct", *map(str, [chair_file, chair_file, *options]), "--json"]) == 0
    two = json.loads(capsys.readouterr().out)
    np.testing.assert_allclose(one["code"], two["code"], atol=1e-5)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


NOISE = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
BAD_PICTURES = {
    "text": (b"hello", "is not a picture of a known format"),
    "truncated": (png(Image.fromarray(NOISE))[:3000], "is damaged or incomplete"),
    "1x1": (png(Image.new("RGB", (1, 1))), "is only 1 x 1 pixels"),
    "transparent": (png(Image.new("RGBA", (64, 64))), "is fully transparent"),
    "blank": (png(Image.new("RGB", (64, 64), "white")), "no object can be told"),
    "missing": (b"", "there is no picture"),
    "huge": (b"", "million pixels, too many to open"),
}
"""Content of a file named .png, and what is said about it."""


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_bad_pictures_are_refused_in_one_sentence(
    run: Run, tmp_path: Path, huge_png: Callable[[int], bytes], name: str
) -> None:
    content, sentence = BAD_PICTURES[name]
    picture, output = tmp_path / "bad.png", tmp_path / "out.glb"
    if name != "missing":
        picture.write_bytes(huge_png(20_000) if name == "huge" else content)
    output.write_bytes(b"precious")
    status, out, err = run(picture=picture)
    assert (status, out) == (2, "")
    assert err.startswith("isoform: ")
    assert err.count("\n") == 1
    assert sentence in err
    assert output.read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--category", "spaceship"), "category 'spaceship' is unknown"),
        (("--device", "toaster"), "device 'toaster' is unknown"),
        (("--resolution", "0"), "found 0"),
        (("--resolution", "100000"), "found 100000"),
        (("--resolution", "many"), "invalid int value: 'many'"),
        (("--frame", "world"), "invalid choice: 'world'"),
        (("--faces", "2"), "at least 4; found 2"),
        (("--seed", "-1"), "the seed must not be negative"),
        (("--size", "0"), "--size must be a positive number of metres; found 0"),
        (("--size", "nan"), "--size must be a positive number of metres; found nan"),
        (("--size", "inf"), "--size must be a positive number of metres; found inf"),
        (("--each", "--frame", "unit"), "--frame unit is for one object, and --each was given"),
        (("--size", "1", "--frame", "unit"), "--size 1 has no meaning in the unit cube"),
        (("--output", "mesh.fbx"), "unknown suffix '.fbx'"),
        (("--output", "/nowhere/mesh.glb"), "there is no folder '/nowhere'"),
        (("--output", f"{'x' * 252}.glb"), "has 256 bytes, and its file system takes at most 255"),
        (("--model", "nothing"), "there is no model file"),
        (("--colour",), "unrecognized arguments: --colour"),
    ],
)
def test_bad_options_are_refused_in_one_sentence(
    run: Run, tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    status, out, err = run(*options)
    assert (status, out) == (2, "")
    assert err.startswith("isoform: ")
    assert err.count("\n") == 1
    assert sentence in err
    assert list(tmp_path.iterdir()) == []


def test_bad_models_are_refused_in_one_sentence(run: Run, tmp_path: Path, tiny_model: Path) -> None:
    truncated, foreign = tmp_path / "short.safetensors", tmp_path / "foreign.safetensors"
    truncated.write_bytes(tiny_model.read_bytes()[:4000])
    foreign.write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ")
    for path, sentence in ((truncated, "truncated"), (foreign, "no model of ours")):
        status, _, err = run("--model", path)
        assert status == 2
        assert sentence in err
        assert err.count("\n") == 1


def test_an_output_folder_that_cannot_be_written_to_is_refused_before_any_work(
    run: Run, tmp_path: Path
) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("only Linux has a folder that nobody can write to")
    status, _, err = run("--output", "/proc/self/out.glb", picture=tmp_path / "never read.png")
    assert status == 2
    assert "the folder '/proc/self' cannot be written to" in err


def test_ctrl_c_ends_with_a_word(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.operations.extracting.extract_surface", interrupt)
    assert run() == (130, "", "isoform: stopped\n")
    assert list(tmp_path.iterdir()) == []
