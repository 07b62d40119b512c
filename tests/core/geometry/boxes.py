"""Soups of boxes, whose insides and distances are known in closed form."""

import numpy as np
import trimesh

from core.meshes import TriangleMesh

POINTS = np.random.default_rng(0).uniform(-0.5, 0.5, (4000, 3))


def box(low, high, *, flipped=False):
    mesh = trimesh.creation.box(bounds=[low, high])
    faces = mesh.faces[:, ::-1] if flipped else mesh.faces
    return np.asarray(mesh.vertices, np.float32), np.asarray(faces)


def soup(*parts):
    offsets = np.cumsum([0, *(len(vertices) for vertices, _ in parts)])
    return TriangleMesh.from_arrays(
        np.concatenate([vertices for vertices, _ in parts]),
        np.concatenate(
            [faces + offset for (_, faces), offset in zip(parts, offsets, strict=False)]
        ),
    )


LEFT, RIGHT = ((-0.3, -0.2, -0.2), (0.1, 0.2, 0.2)), ((-0.1, -0.1, -0.1), (0.4, 0.1, 0.1))
