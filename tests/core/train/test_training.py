"""Preparation, packing, both trainings and their loop, on a library of boxes and cans."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.field.solid import solid_of
from core.models.triplane import TriplaneConfig, TriplaneDecoder
from core.prior.image_encoder import ImageEncoderConfig
from core.prior.point_encoder import PointEncoderConfig
from core.prior.view_encoder import ViewEncoderConfig
from core.train.assets import list_assets, load_asset
from core.train.auto_decoder import AutoDecoderConfig, AutoDecoderTraining, principal_codes
from core.train.code_refinement import CodeRefinement, CodeRefinementConfig
from core.train.dataset import pack
from core.train.image_training import ImageTraining, ImageTrainingConfig
from core.train.latent_interpolation import MixedShapes
from core.train.loop import CHECKPOINT, CURVE, LOG, LoopConfig, read_checkpoint, run
from core.train.losses import clamped_l1, sign_cross_entropy
from core.train.pictures import mirror_symmetric
from core.train.point_training import PointTraining, PointTrainingConfig
from core.train.preparation import STEP, PreparationConfig, coarse_lattice, prepare_assets
from core.train.view_training import ViewTraining, ViewTrainingConfig

CPU = torch.device("cpu")
SMALL_DECODER = TriplaneConfig(code_size=6, channels=(16, 16, 8), plane_channels=4, hidden=16)
SMALL_ENCODER = ImageEncoderConfig(
    code_size=6, categories=2, widths=(8, 8, 8, 8), blocks=(1, 1, 1, 1), hidden=16
)
SMALL_POINTS = PointEncoderConfig(code_size=6, categories=2, widths=(8, 16, 16, 32), hidden=32)


def decoder_training(packed, **options):
    config = AutoDecoderConfig(batch=4, points=200, **options)
    return AutoDecoderTraining(packed, lambda: TriplaneDecoder(SMALL_DECODER), config, CPU)


def code_refinement(packed):
    training = decoder_training(packed)
    codes = (training.codes.weight * training.scale).detach()
    config = CodeRefinementConfig(2, descents=3, points=64, checked_points=64, least_gain=-9.0)
    return CodeRefinement(packed, codes, training.decoder, config, CPU)


def encoder_training(packed, mixed=None, metric=None, **options):
    codes, scale = principal_codes(packed.lattice, 6)
    config = ImageTrainingConfig(**{"batch": 8, **options})
    metric = torch.eye(6) if metric is None else metric
    return ImageTraining(
        packed,
        codes,
        scale,
        lambda: metric,
        encoder_config=SMALL_ENCODER,
        config=config,
        device=CPU,
        mixed=mixed,
    )


def mixed_boxes(packed, made):
    """Rows of the category of boxes, all of one code, with the views of the first box."""
    count = 4
    return MixedShapes(
        codes=np.full((count, 6), 7, np.float32),
        category_numbers=np.zeros(count, np.int64),
        views=np.stack([packed.views[0]] * count),
        cameras=np.stack([packed.cameras[0]] * count),
        suns=np.stack([packed.suns[0]] * count),
        made=np.array(made, np.int64),
    )


def point_training(packed, **options):
    codes, scale = principal_codes(packed.lattice, 6)
    config = PointTrainingConfig(batch=12, points=64, **options)
    return PointTraining(
        packed,
        codes,
        scale,
        lambda: torch.eye(6),
        encoder_config=SMALL_POINTS,
        config=config,
        device=CPU,
    )


def view_training(packed):
    encoder = ViewEncoderConfig(picture_px=32, widths=(8, 8), hidden=16)
    return ViewTraining(packed, encoder, ViewTrainingConfig(batch=8), CPU)


def test_categories_that_are_read_worse_are_drawn_more_often(packed):
    training = encoder_training(packed)
    training.errors = torch.tensor([4.0, 1.0])
    drawn = [training.draw_shapes(np.random.default_rng(seed)) for seed in range(400)]
    counts = np.bincount(np.concatenate(drawn), minlength=len(packed.assets))
    first, second = (counts[packed.category_numbers == number].mean() for number in (0, 1))
    assert first / second == pytest.approx(2, rel=0.1)  # the root of their errors
    before = training.errors.clone()
    training.step(0, 1.0)
    assert (training.errors != before).any()
    assert torch.equal(training.state()["errors"], training.errors)


def test_prepared_distances_are_those_of_the_solid(packed):
    mesh = load_asset(packed.assets[0])
    stored = packed.samples[0].astype(np.float64) * STEP
    expected = solid_of(mesh).signed_distance(stored[:, :3])
    # rounding a point moves its distance by at most its own length
    np.testing.assert_allclose(stored[:, 3], expected, atol=2 * STEP)


def test_preparing_again_changes_nothing_and_takes_no_work(packed, library, tmp_path):
    assets = list_assets(library)[:1]
    config = PreparationConfig(50, 50, 50, lattice_resolution=4, views=1)
    for _ in range(2):
        assert [problem for _, problem in prepare_assets(assets, tmp_path, config)] == [None]
        written = next(tmp_path.glob("*/*.npz"))
        stamp = written.stat().st_mtime_ns
    assert written.stat().st_mtime_ns == stamp
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_a_bad_asset_is_said_and_the_others_are_prepared(tmp_path):
    (tmp_path / "in" / "box").mkdir(parents=True)
    (tmp_path / "in" / "box" / "bad.stl").write_bytes(b"no mesh")
    asset = list_assets(tmp_path / "in")[0]
    ((_, problem),) = prepare_assets([asset], tmp_path / "out", PreparationConfig())
    assert "bad.stl" in problem
    with pytest.raises(InputError, match="prepare them first"):
        pack([asset], tmp_path / "out", tmp_path / "packed", PreparationConfig(), np.copy)


def test_batches_hold_points_of_the_asked_shapes_with_their_distances(packed):
    shapes = np.array([1, 5])
    points, distances = packed.batch(shapes, 200, np.random.default_rng(0))
    assert points.shape == (2, 200, 3)
    for row, shape in enumerate(shapes):
        solid = solid_of(load_asset(packed.assets[shape]))
        np.testing.assert_allclose(
            distances[row], solid.signed_distance(points[row].double().numpy()), atol=3 * STEP
        )


def test_codes_start_where_near_shapes_have_near_codes(packed):
    codes, scale = principal_codes(packed.lattice, 6)
    assert codes.square().sum(dim=1).mean() == pytest.approx(1, rel=1e-4)
    assert (scale > 0).all()
    values = torch.from_numpy(packed.lattice.astype(np.float32) * np.float32(STEP)).clamp(
        -0.08, 0.08
    )
    between_shapes = torch.cdist(values, values)
    # 8 shapes span 7 directions; six components keep nearly all of their distances
    assert (
        torch.corrcoef(torch.stack([between_shapes.ravel(), torch.cdist(codes, codes).ravel()]))[
            0, 1
        ]
        > 0.99
    )


def test_clamped_distances_cost_nothing_beyond_the_clamp_on_the_right_side_alone():
    truth = torch.tensor([0.2, 0.2, -0.2, 0.01])
    values = torch.tensor([0.07, -0.07, -0.3, 0.01], requires_grad=True)
    loss = clamped_l1(values, truth, 0.05)
    assert loss.item() == pytest.approx((0 + 2.4 + 0 + 0) / 4)
    loss.backward()
    assert (values.grad != 0).tolist() == [False, True, False, False]


def test_sign_loss_is_the_logistic_loss_of_the_scaled_distance():
    loss = sign_cross_entropy(torch.tensor([0.005]), torch.tensor([-0.01]), 0.05)
    assert loss.item() == pytest.approx(np.log1p(np.e), rel=1e-5)


def test_a_few_steps_lower_the_loss_of_a_few_shapes(packed):
    training = decoder_training(packed)
    losses = [training.step(number, 1.0)["distance"] for number in range(60)]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


def test_every_epoch_visits_every_shape_once(packed):
    training = decoder_training(packed)
    visited = np.concatenate([training._shapes_of(number) for number in range(4)])
    assert np.sort(visited).tolist() == sorted([*range(8), *range(8)])


@pytest.mark.parametrize(
    "make", [decoder_training, code_refinement, encoder_training, point_training, view_training]
)
def test_a_training_cut_short_ends_as_if_it_had_not_been(packed, tmp_path, make):
    whole = make(packed)
    for number in range(4):
        whole.step(number, 0.5)
    first, second = make(packed), make(packed)
    for number in range(2):
        first.step(number, 0.5)
    second.load_state({k: v.clone() for k, v in first.state().items()})
    for number in range(2, 4):
        second.step(number, 0.5)
    for name, value in whole.state().items():
        torch.testing.assert_close(second.state()[name], value, msg=name)


def test_the_loop_resumes_logs_and_draws(packed, tmp_path):
    run(decoder_training(packed), tmp_path, LoopConfig(2), show=False)
    training = decoder_training(packed)
    run(training, tmp_path, LoopConfig(3), show=False)
    state, step = read_checkpoint(tmp_path)
    assert step == 3
    torch.testing.assert_close(state["codes"], training.codes.weight.detach())
    rows = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 3]
    assert (tmp_path / CURVE).read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in tmp_path.iterdir()} == {CHECKPOINT, LOG, CURVE}


def test_a_missing_checkpoint_and_an_empty_training_are_said(tmp_path):
    with pytest.raises(InputError, match="train first"):
        read_checkpoint(tmp_path)
    with pytest.raises(InputError, match="at least 1 step"):
        LoopConfig(0)


def test_the_learning_rate_rises_stays_and_falls_to_nothing():
    config = LoopConfig(100, warm_up=0.1, decay=0.5)
    rates = [config.rate(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10:50] == [1.0] * 40
    assert rates[-1] == pytest.approx(0.02)


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


def test_a_few_steps_lower_the_error_of_the_codes(packed):
    training = encoder_training(packed, rate=5e-3)
    losses = [training.step(number, 1.0)["code"] for number in range(40)]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])


def test_what_no_shape_shows_counts_little(packed):
    only_first = torch.zeros(6, 6)
    only_first[0, 0] = 1
    training = encoder_training(packed, metric=only_first)
    off = torch.tensor([[0.0, 5, 5, 5, 5, 5], [1, 0, 0, 0, 0, 0]])
    errors = training.shape_errors(off)
    assert errors[0] == 0
    assert errors[1] == pytest.approx(1 / float(training.codes[:, 0].var(correction=0)), rel=1e-4)


def test_mixed_shapes_take_their_share_of_the_categories_that_have_some(packed):
    training = encoder_training(packed, mixed_boxes(packed, [1, 3]), batch=64, mixed_share=0.75)
    boxes, mixed = 0, 0
    for seed in range(8):
        pictures, codes, categories = training.draw_examples(np.random.default_rng(seed))
        assert pictures.shape == (64, 4, 128, 128)
        is_mixed = (codes == 7).all(dim=1)
        assert (categories[is_mixed] == 0).all()
        boxes, mixed = boxes + int((categories == 0).sum()), mixed + int(is_mixed.sum())
        own = torch.from_numpy(packed.category_numbers)
        for code, category in zip(codes[~is_mixed], categories[~is_mixed], strict=True):
            assert own[(training.codes == code).all(dim=1)] == category
    assert mixed / boxes == pytest.approx(0.75, abs=0.08)
    assert np.isfinite(training.step(0, 1.0)["shape"])


def test_rows_that_hold_no_shape_are_not_drawn(packed):
    training = encoder_training(packed, mixed_boxes(packed, []), mixed_share=1.0)
    _, codes, _ = training.draw_examples(np.random.default_rng(0))
    assert not (codes == 7).all(dim=1).any()
    mixed = mixed_boxes(packed, [2])
    mixed.codes[[0, 1, 3]] = 9
    training = encoder_training(packed, mixed, batch=64, mixed_share=1.0)
    _, codes, categories = training.draw_examples(np.random.default_rng(0))
    assert (codes[categories == 0] == 7).all()


def test_packed_arrays_are_opened_not_rewritten(packed, library, tmp_path):
    folder = Path(packed.samples.filename).parent
    stamp = (folder / "samples.npy").stat().st_mtime_ns
    again = pack(packed.assets, folder.parent / "prepared", folder, packed.config, np.copy)
    assert (folder / "samples.npy").stat().st_mtime_ns == stamp
    np.testing.assert_array_equal(again.lattice, packed.lattice)
