"""A mesh survives its file with everything but its materials, and nothing else comes along."""

import pytest

pytestmark = pytest.mark.blender


def test_a_mesh_comes_back_to_the_bit_and_alone(isoform, bowl, tmp_path):
    import bpy

    data = bowl().data
    data.vertices[0].co.x = 1 / 3
    data.uv_layers.new(name="Map").data[3].uv = (0.25, 0.75)
    data.attributes.new("heat", "FLOAT", "POINT").data[2].value = 7.0
    data.materials.append(bpy.data.materials.new("Wood"))
    copy = data.copy()
    kept = isoform.snapshot.keep(copy, tmp_path / "kept.blend")
    bpy.data.meshes.remove(copy)
    kinds = ("meshes", "materials", "libraries", "objects", "scenes", "images")
    before = {kind: len(getattr(bpy.data, kind)) for kind in kinds}
    mesh = isoform.snapshot.recall(kept)
    assert {kind: len(getattr(bpy.data, kind)) for kind in kinds} == before | {"meshes": 2}
    assert (mesh.library, mesh.users, mesh.use_fake_user) == (None, 0, False)
    assert mesh.vertices[0].co.x == data.vertices[0].co.x
    assert tuple(mesh.uv_layers["Map"].data[3].uv) == (0.25, 0.75)
    assert mesh.attributes["heat"].data[2].value == 7.0
    assert [tuple(each.vertices) for each in mesh.polygons] == [
        tuple(each.vertices) for each in data.polygons
    ]
    assert list(mesh.materials) == [None]


def test_materials_are_found_again_by_what_they_are_and_not_by_name(isoform, bowl):
    import bpy

    data = bowl().data
    for name in ("Wood", "Glue", "Steel"):
        data.materials.append(bpy.data.materials.new(name))
    data.materials.append(None)
    uids = isoform.snapshot.materials_of(data)
    bpy.data.materials["Wood"].name = "Oak"
    bpy.data.materials.remove(bpy.data.materials["Glue"])
    mesh = bpy.data.meshes.new("Other")
    mesh.materials.append(None)
    isoform.snapshot.give_materials(mesh, uids)
    assert [each and each.name for each in mesh.materials] == ["Oak", None, "Steel", None]


def test_a_folder_that_cannot_be_written_is_said(isoform, bowl, tmp_path):
    with pytest.raises(isoform.errors.InputError, match="the mesh cannot be kept in"):
        isoform.snapshot.keep(bowl().data, tmp_path / "missing" / "kept.blend")


def test_a_file_that_is_gone_or_damaged_is_said(isoform, bowl, tmp_path):
    path = tmp_path / "kept.blend"
    kept = isoform.snapshot.keep(bowl().data, path)
    other = isoform.snapshot.Snapshot(path, "Another")
    with pytest.raises(isoform.errors.WorkerError, match="the kept mesh is not in"):
        isoform.snapshot.recall(other)
    path.write_bytes(b"no blend file")
    for _ in range(2):
        with pytest.raises(isoform.errors.WorkerError, match=r"kept\.blend cannot be read"):
            isoform.snapshot.recall(kept)
        path.unlink(missing_ok=True)
