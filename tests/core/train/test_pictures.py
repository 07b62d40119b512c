"""Pictures of training shapes, and which shapes may be mirrored."""

import numpy as np

from core.train.pictures import mirror_symmetric
from core.train.preparation import STEP, coarse_lattice


def test_boxes_equal_their_mirror_image_and_a_shifted_half_does_not():
    x, y, z = coarse_lattice(12).T
    box = np.maximum.reduce([abs(x) - 0.3, abs(y) - 0.2, abs(z) - 0.4])
    leaning = np.maximum.reduce([abs(x - 0.3 * z) - 0.1, abs(y) - 0.2, abs(z) - 0.4])
    lattices = np.round(np.stack([box, leaning]) / STEP).astype(np.int16)
    assert mirror_symmetric(lattices).tolist() == [True, False]


def test_a_sofa_with_a_longer_seat_on_one_side_is_not_its_mirror_image():
    x, y, z = coarse_lattice(24).T
    sofa = np.maximum.reduce([abs(x) - 0.5, abs(y - 0.15) - 0.15, abs(z) - 0.2])
    seat = np.maximum.reduce([abs(x - 0.3) - 0.15, abs(y + 0.1) - 0.15, abs(z + 0.1) - 0.06])
    lattices = np.round(np.stack([sofa, np.minimum(sofa, seat)]) / STEP).astype(np.int16)
    assert mirror_symmetric(lattices).tolist() == [True, False]
