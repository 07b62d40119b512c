"""The metric of codes: what it says is how far fields lie apart."""

import numpy as np
import pytest
import torch

from core.models.triplane import TriplaneConfig, TriplaneDecoder
from core.train.code_metric import POINTS, code_metric
from core.train.preparation import STEP

SMALL = TriplaneConfig(code_size=6, channels=(16, 16, 8), plane_channels=4, hidden=16)


@pytest.fixture
def decoder():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        decoder = TriplaneDecoder(SMALL).eval().requires_grad_(False)
    decoder.code_scale.copy_(torch.tensor([1.0, 2.0, 0.5, 1.0, 1.0, 3.0]))
    return decoder


def codes_of(count):
    return 0.5 * torch.randn(count, 6, generator=torch.Generator().manual_seed(1))


def test_it_gives_the_mean_squared_difference_of_fields_whose_codes_differ_a_little(
    decoder, packed
):
    codes = codes_of(8)
    metric = code_metric(decoder, codes, packed)
    generator = torch.Generator().manual_seed(2)
    expected, said = [], []
    for _ in range(16):
        step = 0.05 * decoder.code_scale * torch.randn(6, generator=generator)
        differences = []
        for code, surface in zip(codes, packed.surface[:, :POINTS], strict=True):
            points = torch.from_numpy(surface[:, :3] * STEP).float()
            one, other = (decoder.field_of(each)(points) for each in (code, code + step))
            differences.append((one - other).square().mean())
        expected.append(float(torch.stack(differences).mean()))
        said.append(float(step @ metric @ step))
    assert np.corrcoef(expected, said)[0, 1] > 0.95
    assert np.mean(said) == pytest.approx(np.mean(expected), rel=0.25)


def test_it_is_symmetric_and_nowhere_negative(decoder, packed):
    metric = code_metric(decoder, codes_of(8), packed)
    torch.testing.assert_close(metric, metric.T)
    assert torch.linalg.eigvalsh(metric).min() > -1e-6 * metric.diagonal().max()
