"""Codes as Gaussians, against the closed forms."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from core.prior.code_prior import GaussianCode, condition_on_category, draw_code, fuse_views


def random_views(count: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(count, 5, generator=generator),
        torch.randn(count, 5, generator=generator),
    )


def test_one_view_is_returned_as_it_is() -> None:
    codes, log_precision = random_views(1)
    belief = fuse_views(codes, log_precision)
    assert torch.equal(belief.mean, codes[0].double())
    assert torch.equal(belief.log_precision, log_precision[0].double())


def test_views_are_weighted_by_their_precision() -> None:
    codes, log_precision = random_views(3)
    precision = log_precision.double().exp()
    belief = fuse_views(codes, log_precision)
    wanted = (precision * codes).sum(dim=0) / precision.sum(dim=0)
    torch.testing.assert_close(belief.mean, wanted, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(belief.log_precision.exp(), precision.sum(dim=0))


@given(st.permutations(range(6)))
def test_the_order_of_views_changes_no_bit(order: list[int]) -> None:
    codes, log_precision = random_views(6)
    straight, permuted = (
        fuse_views(codes, log_precision),
        fuse_views(codes[order], log_precision[order]),
    )
    assert torch.equal(straight.mean, permuted.mean)
    assert torch.equal(straight.log_precision, permuted.log_precision)


def test_extreme_precisions_stay_finite() -> None:
    codes = torch.tensor([[1.0], [3.0]])
    belief = fuse_views(codes, torch.tensor([[2000.0], [-2000.0]]))
    assert belief.mean.item() == 1.0
    assert belief.log_precision.item() == 2000.0


def test_conditioning_matches_the_product_of_gaussians() -> None:
    generator = torch.Generator().manual_seed(1)
    root = torch.randn(5, 5, generator=generator, dtype=torch.float64)
    covariance, mean = root @ root.T, torch.randn(5, generator=generator, dtype=torch.float64)
    codes, log_precision = random_views(1)
    belief = fuse_views(codes, log_precision)
    found = condition_on_category(belief, mean, covariance)
    precision = torch.diag(belief.log_precision.exp())
    inverse = torch.linalg.inv(covariance)
    joint = torch.linalg.inv(precision + inverse)
    torch.testing.assert_close(found.mean, joint @ (precision @ belief.mean + inverse @ mean))
    torch.testing.assert_close(found.log_precision, -joint.diagonal().log())


def test_a_category_without_spread_leaves_only_its_mean() -> None:
    codes, log_precision = random_views(2)
    mean = torch.arange(5.0)
    found = condition_on_category(fuse_views(codes, log_precision), mean, torch.zeros(5, 5))
    torch.testing.assert_close(found.mean, mean.double())
    assert found.log_precision.isfinite().all()


def test_draws_have_the_belief_s_mean_and_spread() -> None:
    belief = GaussianCode(torch.full((20000,), 2.0).double(), torch.full((20000,), 1.5).double())
    draws = draw_code(belief, torch.Generator().manual_seed(0))
    # six standard errors of the mean and of the standard deviation of 20,000 draws
    spread = torch.exp(torch.tensor(-0.75)).item()
    assert abs(draws.mean().item() - 2.0) < 6 * spread / 20000**0.5
    assert abs(draws.std().item() - spread) < 6 * spread / 40000**0.5
