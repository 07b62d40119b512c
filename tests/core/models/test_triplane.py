"""The tri-plane decoder: shapes, frames, and the fast look-up against torch's own."""

import pytest
import torch

from core.devices import computes_bfloat16, half_precision
from core.errors import ModelFileError
from core.frames import HALF_EXTENT
from core.models.checkpoint import DECODER_PREFIX, ModelCard, ModelFile
from core.models.triplane import TriplaneConfig, TriplaneDecoder

CPU = torch.device("cpu")
SMALL = TriplaneConfig(code_size=8, channels=(16, 16, 8), plane_channels=4, hidden=16)


@pytest.fixture
def decoder():
    torch.manual_seed(0)
    return TriplaneDecoder(SMALL).eval()


def points_in_the_cube(count, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(count, 3, generator=generator) * 2 - 1) * HALF_EXTENT


def test_planes_end_at_eight_times_the_start_side(decoder):
    planes = decoder.planes(torch.randn(2, 8))
    assert planes.shape == (2, 3, 4, 64, 64)


@pytest.mark.skipif(not computes_bfloat16(CPU), reason="bfloat16 does not pay here")
@pytest.mark.parametrize("count", [1, 3])
def test_weights_cast_once_give_the_bits_of_weights_cast_each_time(decoder, count):
    decoder.requires_grad_(False)
    codes = torch.randn(count, 8).requires_grad_()
    found = []
    for each in (decoder, decoder.with_half_generator()):
        with half_precision(CPU):
            planes = each.planes(codes).float()
        values = each.values(planes, points_in_the_cube(100).expand(count, -1, -1))
        found.append((planes, *torch.autograd.grad(values.sum(), codes)))
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))
    assert decoder.start.weight.dtype == torch.float32


def test_groups_are_normalised_in_float32_whatever_the_maps_are(decoder):
    layer = decoder.stages[0].layers[2]
    maps = 100 + torch.randn(2, 16, 16, 16, generator=torch.Generator().manual_seed(0))
    rounded = maps.to(torch.bfloat16)
    found = layer(rounded)
    assert found.dtype == torch.bfloat16
    expected = torch.nn.functional.group_norm(rounded.float(), 8, layer.weight, layer.bias)
    assert torch.equal(found, expected.to(torch.bfloat16))


def test_the_fast_look_up_equals_grid_sample(decoder):
    code, points = torch.randn(8), points_in_the_cube(5000)
    with torch.no_grad():
        fast = decoder.field_of(code)(points)
        slow = decoder.values(decoder.planes(code[None]), points[None])[0]
    assert fast.std() > 1e-4
    torch.testing.assert_close(fast, slow, atol=1e-5, rtol=1e-4)


def test_values_beyond_the_border_repeat_the_planes_border(decoder):
    field = decoder.field_of(torch.randn(8))
    with torch.no_grad():
        features = field._features(torch.tensor([[0.55, 0.1, 0.2], [9.0, 0.1, 0.2]]))
    torch.testing.assert_close(features[0], features[1])


@pytest.mark.parametrize(("plane", "axes"), [(0, (0, 1)), (1, (0, 2)), (2, (1, 2))])
def test_a_plane_depends_on_its_own_two_axes_alone(decoder, plane, axes):
    other = next(axis for axis in range(3) if axis not in axes)
    field, points = decoder.field_of(torch.randn(8)), points_in_the_cube(64)
    moved = points.clone()
    moved[:, other] = -moved[:, other]
    width = SMALL.plane_channels
    with torch.no_grad():
        before, after = field._features(points), field._features(moved)
    own = slice(plane * width, (plane + 1) * width)
    torch.testing.assert_close(before[:, own], after[:, own])
    assert not torch.allclose(before, after)


def test_a_field_knows_its_device_and_how_far_it_is_a_distance(decoder):
    field = decoder.field_of(torch.randn(8))
    assert (field.device, field.clamp) == (decoder.device, SMALL.clamp)
    assert field.lipschitz > 1


def test_batching_points_changes_nothing(decoder):
    field, points = decoder.field_of(torch.randn(8)), points_in_the_cube(1000)
    with torch.no_grad():
        whole = field(points)
        parts = torch.cat([field(part) for part in points.split(137)])
    torch.testing.assert_close(whole, parts, atol=1e-6, rtol=1e-5)


def test_gradients_reach_points_and_codes(decoder):
    code = torch.randn(8, requires_grad=True)
    points = points_in_the_cube(32).requires_grad_()
    decoder.field_of(code)(points).sum().backward()
    assert code.grad.abs().sum() > 0
    assert points.grad.abs().sum() > 0


def test_every_plane_hears_of_the_other_two(decoder):
    maps = torch.zeros(1, 3, 16, 8, 8)
    maps[0, 0] = 1.0
    with torch.no_grad():
        silent = decoder._coupling(torch.zeros_like(maps))
        heard = decoder._coupling(maps)
    for plane in range(3):
        assert not torch.allclose(silent[0, plane], heard[0, plane])


def test_means_are_spread_along_the_axis_that_planes_share(decoder):
    # xy varies along x alone; xz must hear that along its own x, the last axis of both
    maps = torch.zeros(1, 3, 16, 8, 8)
    maps[0, 0] = torch.arange(8.0)[None, None, :]
    with torch.no_grad():
        heard = decoder._coupling(maps)[0, 1]
    torch.testing.assert_close(heard, heard[:, :1].expand_as(heard))
    assert heard[:, 0].std(dim=1).max() > 0


def card(**decoder):
    return ModelCard("small", ["chair"], decoder, {}, {}, "GPL-3.0-or-later")


def test_a_decoder_comes_back_from_its_file(decoder):
    tensors = {DECODER_PREFIX + name: value for name, value in decoder.state_dict().items()}
    again = TriplaneDecoder.from_file(ModelFile(card(**decoder.card), tensors), CPU)
    code, points = torch.randn(8), points_in_the_cube(50)
    with torch.no_grad():
        torch.testing.assert_close(
            again.eval().field_of(code)(points), decoder.field_of(code)(points)
        )


def test_a_card_of_another_decoder_is_refused(decoder):
    with pytest.raises(ModelFileError, match="describes no tri-plane decoder"):
        TriplaneDecoder.from_file(ModelFile(card(depth=8), {}), CPU)


def test_missing_weights_are_refused(decoder):
    with pytest.raises(ModelFileError, match="does not fit its own card"):
        TriplaneDecoder.from_file(ModelFile(card(**decoder.card), {}), CPU)
