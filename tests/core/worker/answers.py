"""Answers of a worker to a reconstruction and a completion."""

from dataclasses import replace

from core.worker import job_messages, protocol

FINISHED = protocol.Finished(
    job="7",
    mesh="/jobs/7/mesh.npz",
    code=(0.5, -1.25),
    category="chair",
    confidence=0.75,
    seconds={"inputs": 0.25, "surface": 1.0},
    vertices=4,
    faces=4,
    closed=True,
    check=job_messages.MeshCheck(1, 0, 0, 0),
    warnings=("the mesh has 9 faces more than asked",),
    notes=("the CPU did the work",),
)

HYPOTHESIS = job_messages.Hypothesis(
    mesh="/jobs/8/hypothesis_1.npz",
    code=(0.5,),
    vertices=6,
    faces=8,
    observed_vertices=4,
    observed_faces=3,
    closed=False,
    check=job_messages.MeshCheck(2, 3, 1, 0),
    widest_gap_m=0.25,
    warnings=("the shape has a gap",),
)

COMPLETED = protocol.Completed(
    job="8",
    hypotheses=(HYPOTHESIS, replace(HYPOTHESIS, widest_gap_m=None)),
    category="chair",
    confidence=0.75,
    seconds={"fit": 2.0},
    unchanged=False,
    warnings=(),
)
