"""Interpolated shapes: where their codes lie, and that making them goes on where it stopped."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh

from core.errors import EmptySurfaceError, InputError
from core.meshes import TriangleMesh
from core.models.triplane import TriplaneConfig, TriplaneDecoder
from core.train.latent_interpolation import (
    InterpolationConfig,
    Interpolator,
    interpolate_shapes,
    interpolated_shapes,
)

SIZE = 6
NEVER_THIRD = InterpolationConfig(third_share=0.0, spread=0.0)
FEW = InterpolationConfig(shapes=6, views=2, resolution=16)


@pytest.fixture(scope="module")
def decoder():
    torch.manual_seed(0)
    return TriplaneDecoder(
        TriplaneConfig(code_size=SIZE, channels=(16, 16, 8), plane_channels=4, hidden=16)
    ).eval()


@pytest.fixture(scope="module")
def codes():
    return torch.randn(8, SIZE, generator=torch.Generator().manual_seed(1))


CATEGORIES = np.array([0, 0, 0, 0, 1, 1, 1, 1])


def box_of(height: float) -> TriangleMesh:
    box = trimesh.creation.box(extents=[0.4, 0.3, height])
    return TriangleMesh.from_arrays(box.vertices, box.faces)


def a_tall_box(field, resolution):
    """Stands for the extraction; a function of a module, since processes are sent it."""
    assert resolution == FEW.resolution
    assert torch.isfinite(field(torch.zeros(1, 3))).all()
    return box_of(1.0)


def make_metric():
    return torch.eye(SIZE)


def interpolate(
    decoder, codes, folder, config=FEW, surface_of=a_tall_box, workers=1, make_metric=make_metric
):
    return interpolate_shapes(
        decoder,
        codes,
        CATEGORIES,
        make_metric,
        surface_of,
        output=folder,
        config=config,
        workers=workers,
    )


def arrays_of(folder):
    return {path.name: np.load(path) for path in folder.glob("*.npy")}


def test_an_interpolation_of_two_lies_on_their_line_and_as_far_beyond_as_said():
    ends = torch.tensor([[0.0, 1.0], [2.0, 1.0]])
    interpolator = Interpolator.of(ends, torch.eye(2), 12)
    generator = np.random.default_rng(0)
    drawn = torch.stack([interpolator.draw(NEVER_THIRD, generator) for _ in range(400)])
    assert (drawn[:, 1] == 1).all()
    # from either end -0.3 to 0.6 of the way to the other, of length 2, or to itself
    assert drawn[:, 0].min() == pytest.approx(-0.6, abs=0.03)
    assert drawn[:, 0].max() == pytest.approx(2.6, abs=0.03)


def test_what_is_added_varies_as_the_codes_do():
    codes = torch.randn(50, 3) @ torch.tensor([[2.0, 0, 0], [1, 1, 0], [0, 0, 0.1]])
    config = replace(NEVER_THIRD, towards=(0.0, 0.0), spread=1.5)
    interpolator, generator = Interpolator.of(codes, torch.eye(3), 5), np.random.default_rng(0)
    drawn = torch.stack([interpolator.draw(config, generator) for _ in range(20_000)])
    # two independent summands: a code, and one whose deviation is uniform up to the spread
    expected = torch.cov(codes.T, correction=0) * (1 + config.spread**2 / 3)
    scale = expected.diagonal().sqrt()
    assert ((torch.cov(drawn.T) - expected) / torch.outer(scale, scale)).abs().max() < 0.05


def test_alike_is_what_the_metric_says():
    codes = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    first_axis = torch.tensor([[1.0, 0], [0, 0.01]])
    assert Interpolator.of(codes, torch.eye(2), 1).alike[0].tolist() == [1]
    assert Interpolator.of(codes, first_axis, 1).alike[0].tolist() == [2]


def test_a_single_shape_of_a_category_is_interpolated_with_itself():
    code = torch.tensor([[1.0, 2.0]])
    drawn = Interpolator.of(code, torch.eye(2), 12).draw(
        InterpolationConfig(), np.random.default_rng(0)
    )
    assert torch.equal(drawn, code[0])


def test_only_codes_of_one_category_are_interpolated(decoder, codes, tmp_path):
    apart = codes.clone()
    apart[:4, 3:], apart[4:, :3] = 0, 0
    assert list(interpolate(decoder, apart, tmp_path)) == list(range(FEW.shapes + 1))
    interpolated = interpolated_shapes(tmp_path, apart, decoder)
    assert interpolated.made.tolist() == list(range(FEW.shapes))
    assert sorted(interpolated.category_numbers) == [0, 0, 0, 1, 1, 1]
    first = interpolated.codes[interpolated.category_numbers == 0]
    assert (first[:, 3:] == 0).all()
    assert (first[:, :3] != 0).any(axis=1).all()
    assert interpolated.views.shape == (FEW.shapes, FEW.views, 128, 128, 4)
    assert (interpolated.views[..., 3] > 0).any(axis=(2, 3)).all()
    np.testing.assert_allclose(np.linalg.norm(interpolated.suns, axis=-1), 1, atol=1e-6)


def test_an_interpolation_that_was_stopped_goes_on_and_comes_to_the_same(decoder, codes, tmp_path):
    list(interpolate(decoder, codes, tmp_path / "whole"))
    list(itertools.islice(interpolate(decoder, codes, tmp_path / "stopped"), 3))
    assert interpolated_shapes(tmp_path / "stopped", codes, decoder).made.tolist() == [0, 1]
    assert next(interpolate(decoder, codes, tmp_path / "stopped")) == 2
    list(interpolate(decoder, codes, tmp_path / "stopped"))
    whole, stopped = arrays_of(tmp_path / "whole"), arrays_of(tmp_path / "stopped")
    assert whole.keys() == stopped.keys()
    for name, array in whole.items():
        np.testing.assert_array_equal(array, stopped[name], err_msg=name)
    assert list(interpolate(decoder, codes, tmp_path / "stopped")) == [FEW.shapes]


def test_where_nothing_is_missing_the_metric_is_not_asked_for(decoder, codes, tmp_path):
    asked = []

    def counted():
        asked.append(None)
        return make_metric()

    for _ in range(2):
        list(interpolate(decoder, codes, tmp_path, make_metric=counted))
    assert len(asked) == 1


def test_shapes_of_other_codes_or_another_decoder_are_made_anew(decoder, codes, tmp_path):
    list(interpolate(decoder, codes, tmp_path))
    assert next(interpolate(decoder, codes + 1, tmp_path)) == 0
    list(interpolate(decoder, codes, tmp_path))
    other = TriplaneDecoder(decoder.config)
    for strange in ((codes + 1, decoder), (codes, other)):
        with pytest.raises(InputError, match="make them anew"):
            interpolated_shapes(tmp_path, *strange)
    assert next(interpolate(other, codes, tmp_path)) == 0


def test_two_processes_make_the_same_as_one(decoder, codes, tmp_path):
    for workers in (1, 2):
        list(interpolate(decoder, codes, tmp_path / str(workers), workers=workers))
    one, two = arrays_of(tmp_path / "1"), arrays_of(tmp_path / "2")
    for name, array in one.items():
        np.testing.assert_array_equal(array, two[name], err_msg=name)


@pytest.mark.parametrize("fault", ["small", "off the centre", "empty"])
def test_what_does_not_fill_the_unit_cube_is_refused_after_some_tries(
    fault, decoder, codes, tmp_path
):
    tried = []

    def bad(field, resolution):
        tried.append(field)
        if fault == "empty":
            raise EmptySurfaceError("nothing there")
        if fault == "small":
            return box_of(0.9)
        box = box_of(1.0)
        return TriangleMesh.from_arrays(box.vertices + np.float32([0, 0.05, 0]), box.faces)

    config = replace(FEW, shapes=2)
    assert list(interpolate(decoder, codes, tmp_path, config, bad)) == [0, 1, 2]
    assert len(tried) == 2 * FEW.tries
    assert interpolated_shapes(tmp_path, codes, decoder).made.tolist() == []
    assert list(interpolate(decoder, codes, tmp_path, config, bad)) == [2]  # and not tried again


def test_where_nothing_was_interpolated_there_is_nothing(decoder, codes, tmp_path):
    assert interpolated_shapes(tmp_path, codes, decoder) is None
