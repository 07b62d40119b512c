"""Checks of a finished mesh, counted in the worker so that Blender need not."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..meshes import TriangleMesh, directed_edges
from .job_messages import MeshCheck


def check_of(mesh: TriangleMesh) -> MeshCheck:
    """What is wrong with the mesh, by count; vertices that no face uses count for nothing."""
    count = int(mesh.faces.max(initial=-1)) + 1
    start, end = directed_edges(mesh.faces)
    low, high = np.minimum(start, end), np.maximum(start, end)
    _, edge, faces = np.unique(low * count + high, return_inverse=True, return_counts=True)
    balance = np.bincount(edge.ravel(), weights=np.sign(end - start), minlength=len(faces))
    links = coo_array((np.ones(len(start), np.int8), (start, end)), (count, count))
    of_vertex = connected_components(links, directed=False)[1] if count else np.zeros(0, np.int32)
    return MeshCheck(
        pieces=len(np.unique(of_vertex[mesh.faces[:, 0]])),
        open_edges=int((faces == 1).sum()),
        crowded_edges=int((faces > 2).sum()),
        flipped_edges=int(((faces == 2) & (balance != 0)).sum()),
    )
