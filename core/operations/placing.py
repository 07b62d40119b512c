"""Placing: what was completed about the input's own origin goes back into the input's frame."""

from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..frames import UprightPose
from ..inputs.given import Partial
from .completed import Completed
from .completing import Completion
from .seeing import PoseKnowledge


def check_place(partial: Partial, pose: PoseKnowledge) -> None:
    """Find out whether a partial shape may be where the pose says that it is.

    Raises:
        InputError: It is said to lie in the unit cube, but is far away.
    """
    if pose == "canonical" and partial.exact.origin.any():
        place = ", ".join(f"{each:g}" for each in partial.exact.origin)
        raise InputError(
            f"the pose 'canonical' is for meshes in the unit cube; this one is at ({place}); "
            "choose pose 'upright'"
        )


def placed(completion: Completion, partial: Partial) -> Completion:
    """A completion in the frame of the input, in double, with what reading the input has told.

    Args:
        completion: Of `partial.shape`.
        partial: The input.
    """
    return replace(
        completion,
        hypotheses=tuple(_placed(each, partial) for each in completion.hypotheses),
        warnings=(*partial.warnings, *completion.warnings),
    )


def _placed(completed: Completed, partial: Partial) -> Completed:
    pose = completed.pose
    x, y, z = (float(each) for each in np.asarray(pose.offset) + partial.exact.origin)
    return replace(
        completed,
        pose=UprightPose(pose.yaw_rad, pose.scale, (x, y, z)),
        exact=partial.exact_of(completed.mesh, completed.observed_vertices),
    )
