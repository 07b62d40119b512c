"""The asset library: what is found, how it is split, and how files are read."""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.errors import InputError
from core.train.assets import (
    Asset,
    faces_front,
    family_of,
    list_assets,
    load_asset,
    load_colours,
    load_renders,
    split_assets,
    split_families,
)


def test_assets_are_found_by_category_and_renders_are_no_assets(library):
    assets = list_assets(library)
    assert [asset.key for asset in assets] == [
        f"{c}/{c}_{n}" for c in ("box", "can") for n in range(4)
    ]


def test_meshes_arrive_centred_with_a_longest_side_of_one(library):
    for asset in list_assets(library):
        low, high = load_asset(asset).bounds
        np.testing.assert_allclose(low, -high, atol=1e-6)
        assert (high - low).max() == pytest.approx(1, abs=1e-6)


def test_gltf_files_are_turned_upright(tmp_path):
    (tmp_path / "box").mkdir()
    path = tmp_path / "box" / "tall.glb"
    trimesh.creation.box(extents=[0.2, 1.0, 0.4]).export(path)  # glTF is Y up
    low, high = load_asset(Asset("box", "tall", path)).bounds
    np.testing.assert_allclose(high - low, [0.2, 0.4, 1.0], atol=1e-6)


def test_renders_come_back_as_they_were_stored(library):
    renders = load_renders(list_assets(library)[0])
    assert renders.shape == (10, 32, 32, 4)
    assert (renders[3, 16, 16] == (90, 120, 150, 255)).all()


def test_an_asset_without_renders_has_none(tmp_path):
    assert load_renders(Asset("box", "bare", tmp_path / "bare.ply")) is None


def test_the_split_takes_its_share_of_every_category():
    assets = [
        Asset(c, f"{n:02}", Path())
        for c, count in (("a", 40), ("b", 3), ("c", 1))
        for n in range(count)
    ]
    train, test = split_assets(assets, 0.1, seed=3)
    assert sorted(train + test) == sorted(assets)
    assert [sum(a.category == c for a in test) for c in "abc"] == [4, 1, 0]
    assert split_assets(assets, 0.1, seed=3) == (train, test)
    assert split_assets(assets, 0.1, seed=4)[1] != test


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        list_assets(tmp_path / "none")


def test_a_folder_without_meshes_is_said(tmp_path):
    with pytest.raises(InputError, match="no mesh was found"):
        list_assets(tmp_path)


@pytest.mark.parametrize("name", ["bad.npz", "bad.glb", "bad.obj", "bad.stl"])
def test_a_file_that_is_no_mesh_is_said(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"this is not a mesh")
    with pytest.raises(
        InputError, match=r"is damaged or no mesh|not a compact mesh|neither triangles"
    ):
        load_asset(Asset("a", "bad", path))


def test_a_mesh_without_faces_is_said(tmp_path):
    path = tmp_path / "cloud.ply"
    trimesh.PointCloud(np.eye(3)).export(path)
    with pytest.raises(InputError, match="has no faces"):
        load_asset(Asset("a", "cloud", path))


def test_vertices_at_one_place_become_one_and_loose_ones_go(tmp_path):
    box = trimesh.creation.box()
    box.export(tmp_path / "box.stl")
    assert load_asset(Asset("a", "box", tmp_path / "box.stl")).is_closed
    text = "v 9 9 9\n" + "".join(f"v {x} {y} 0\n" for x, y in ((0, 0), (1, 0), (0, 1)))
    (tmp_path / "flat.obj").write_text(text + "f 2 3 4\n")
    mesh = load_asset(Asset("a", "flat", tmp_path / "flat.obj"))
    assert len(mesh.vertices) == 3
    assert (mesh.bounds[1] - mesh.bounds[0]).tolist() == [1, 1, 0]


def test_what_was_left_out_of_a_file_is_logged(tmp_path, caplog):
    path = tmp_path / "more.stl"
    trimesh.creation.box().export(path)
    path.write_bytes(path.read_bytes() + b"more")
    assert len(load_asset(Asset("a", "more", path)).faces) == 12
    assert "4 bytes after the last triangle" in caplog.text


def test_a_compact_mesh_is_decoded(tmp_path):
    # one triangle: all three corners new, coordinates as differences along the vertex order
    quantised = np.array([[0, 0, 0], [65535, 0, 0], [0, 65535, 0]], np.uint16)
    steps = np.diff(quantised.T, axis=1, prepend=np.uint16(0)).astype(np.uint16).ravel()
    path = tmp_path / "flat.npz"
    np.savez(
        path,
        v_lo=(steps & 255).astype(np.uint8),
        v_hi=(steps >> 8).astype(np.uint8),
        f=np.zeros(3, np.uint16),
        meta=np.frombuffer(b"{}", np.uint8),
    )
    mesh = load_asset(Asset("a", "flat", path))
    np.testing.assert_allclose(
        mesh.vertices, [[-0.5, -0.5, 0], [0.5, -0.5, 0], [-0.5, 0.5, 0]], atol=1e-6
    )
    assert mesh.faces.tolist() == [[0, 1, 2]]


def test_families_hold_the_siblings_of_one_maker_together():
    names = ["kenney-fbx_tablecoffee", "kenney-obj_tablecross_2", "kaykit_table-long", "table"]
    families = [family_of(Asset("table", name, Path(f"{name}.npz"))) for name in names]
    assert families == ["kenney/table", "kenney/table", "kaykit/table", "/table"]


def test_a_family_is_kept_out_as_a_whole_whatever_else_is_there():
    assets = [
        Asset("any", f"maker{number}_thing-{colour}", Path("x.npz"))
        for number in range(200)
        for colour in ("red", "blue")
    ]
    train, test = split_families(assets, 0.2)
    assert {*train} | {*test} == {*assets}
    assert not {family_of(asset) for asset in train} & {family_of(asset) for asset in test}
    assert 0.1 < len(test) / len(assets) < 0.3
    assert split_families(assets[::3], 0.2)[1] == [each for each in assets[::3] if each in test]


def test_only_compact_meshes_have_colours_or_an_unknown_front(library):
    asset = list_assets(library)[0]
    assert load_colours(asset) is None
    assert faces_front(asset)


@pytest.mark.parametrize(("said", "faces"), [("unknown", False), ("likely", True), (None, True)])
def test_colours_and_front_of_a_compact_mesh_are_read(tmp_path, said, faces):
    path = tmp_path / "one.npz"
    meta = {} if said is None else {"front": said}
    np.savez(
        path,
        palette=np.uint8([[1, 2, 3], [4, 5, 6]]),
        colour=np.uint8([1, 0, 1]),
        meta=np.frombuffer(json.dumps(meta).encode(), np.uint8),
    )
    asset = Asset("any", "one", path)
    assert load_colours(asset).tolist() == [[4, 5, 6], [1, 2, 3], [4, 5, 6]]
    assert faces_front(asset) == faces
