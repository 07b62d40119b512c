import logging

import numpy as np
import pytest

from core.errors import InputError
from core.field.analytic import box, capsule, sphere, torus, union
from core.finish import decimation
from core.finish.decimation import decimate
from core.geometry.components import face_components
from core.geometry.welding import signed_volume
from core.meshes import TriangleMesh
from core.surface.lattice import LatticeConfig, sample_lattice
from core.surface.marching_cubes import marching_cubes


def triangles(vertices, faces):
    return TriangleMesh(np.asarray(vertices, np.float32), np.asarray(faces, np.int32))


SOLIDS = {
    "ball": sphere(0.4),
    "ring": torus(0.3, 0.03),
    "table": union(
        box((0.4, 0.3, 0.015), (0.0, 0.0, 0.3)),
        *[capsule((x, 0.2, -0.4), (x, 0.2, 0.3), 0.015) for x in (-0.3, 0.3)],
    ),
    "two": union(sphere(0.1, (0.3, 0.0, 0.0)), sphere(0.1, (-0.3, 0.0, 0.0))),
}


def mesh_of(name):
    return marching_cubes(sample_lattice(SOLIDS[name], LatticeConfig(80)))


@pytest.mark.parametrize("target", [4000, 1001, 300])
@pytest.mark.parametrize("name", SOLIDS)
def test_the_target_is_met_and_the_mesh_stays_closed(name, target):
    mesh = decimate(mesh_of(name), target)
    assert 0.9 * target <= len(mesh.faces) <= target
    assert mesh.is_closed


def test_the_shape_is_kept():
    mesh = mesh_of("ball")
    fewer = decimate(mesh, 1000)
    # a ball of n triangles loses about 10 / n of its volume
    assert signed_volume(fewer) == pytest.approx(signed_volume(mesh), rel=0.01)
    assert np.abs(np.linalg.norm(fewer.vertices, axis=1) - 0.4).max() < LatticeConfig(80).cell


def test_separate_parts_stay():
    assert face_components(decimate(mesh_of("two"), 500))[0] == 2


def test_a_mesh_with_few_faces_is_left_as_it_is():
    mesh = mesh_of("ring")
    assert decimate(mesh, len(mesh.faces)) is mesh


def test_an_open_mesh_is_decimated_too():
    mesh = mesh_of("ball")
    upper = triangles(mesh.vertices, mesh.faces[mesh.corners[:, :, 2].min(axis=1) > 0])
    fewer = decimate(upper, 500)
    assert len(fewer.faces) <= 500


def test_a_result_that_tears_is_not_taken(monkeypatch, caplog):
    def tearing(points, faces, **_options):
        return points, faces[:100]

    mesh = mesh_of("ring")
    monkeypatch.setattr(decimation.fast_simplification, "simplify", tearing)
    with caplog.at_level(logging.WARNING):
        kept = decimate(mesh, 500)
    assert kept is mesh
    assert f"500 faces were asked for, {len(mesh.faces)} are left" in caplog.text


def test_fewer_faces_than_a_tetrahedrons_are_refused():
    with pytest.raises(InputError, match="at least 4; found 3"):
        decimate(mesh_of("ring"), 3)
