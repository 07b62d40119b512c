"""What is known: codes whitened and back, and mixtures in closed form."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.latent.latent_prior import CodePrior, whitening_root


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000))
def test_whitening_a_code_and_back_gives_the_code(seed):
    generator = torch.Generator().manual_seed(seed)
    roots = torch.randn(3, 4, 4, generator=generator) + 4 * torch.eye(4)
    prior = CodePrior(torch.randn(3, 4, generator=generator), roots)
    codes = torch.randn(3, 4, generator=generator)
    torch.testing.assert_close(prior.codes(prior.whitened(codes)), codes, atol=1e-5, rtol=1e-4)
    rows = torch.tensor([2, 0])
    some = CodePrior(prior.means[rows], prior.roots[rows])
    torch.testing.assert_close(some.whitened(codes[rows]), prior.whitened(codes)[rows])


def semi_definite(size, rank, seed):
    half = torch.randn(size, rank, generator=torch.Generator().manual_seed(seed))
    return half @ half.T


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), rank=st.integers(1, 6))
def test_a_whitening_root_makes_covariance_and_metric_diagonal_at_once(seed, rank):
    covariance, metric = semi_definite(6, rank, seed), semi_definite(6, 6, seed + 1)
    root = whitening_root(covariance, metric)
    torch.testing.assert_close(root @ root.T, covariance, atol=1e-5, rtol=1e-4)
    seen = root.T @ metric @ root
    torch.testing.assert_close(seen, torch.diag(seen.diagonal()), atol=1e-3, rtol=0)


def test_without_a_metric_entries_are_the_principal_directions():
    covariance = torch.diag(torch.tensor([4.0, 0.25, 1.0]))
    root = whitening_root(covariance, torch.eye(3))
    expected = torch.tensor([[0.0, 0, 2], [0.5, 0, 0], [0, 1, 0]])
    torch.testing.assert_close(root.abs(), expected, atol=1e-5, rtol=0)


def test_hypotheses_have_the_prior_of_their_category(known):
    prior = known.prior(torch.tensor([1, 1, 0]))
    torch.testing.assert_close(prior.means, known.means[[1, 1, 0]])
    assert prior.roots.shape == (3, 2, 2)
    own = known.codes[known.categories == 0] - known.means[0]
    torch.testing.assert_close(prior.examples[2], own)
    assert len(prior.examples) == 3


def test_against_whitened_codes_a_gaussian_has_half_their_square(standard):
    whitened = torch.tensor([[3.0, 4.0], [0.0, 0.0]])
    assert standard(2, 2).against(whitened, 0.5).tolist() == [12.5, 0.0]


def test_without_a_kernel_a_mixture_is_its_gaussian(standard):
    whitened, examples = torch.randn(10, 2, generator=torch.Generator().manual_seed(0)).split(
        [3, 7]
    )
    mixture = replace(standard(3, 2), examples=(examples,) * 3)
    gaussian = standard(3, 2).against(whitened, 0.0)
    torch.testing.assert_close(mixture.against(whitened, 0.0), gaussian)


def test_against_one_example_a_mixture_has_the_square_of_the_way_to_its_centre(standard):
    example, whitened = torch.tensor([[2.0, -1.0]]), torch.tensor([[0.5, 0.5]])
    prior = replace(standard(1, 2), examples=(example,))
    expected = (whitened - 0.3 * example).square().sum() / (2 * (1 - 0.3**2))
    torch.testing.assert_close(prior.against(whitened, 0.3), expected[None])


def test_a_mixture_has_the_moments_of_its_examples():
    places = torch.linspace(-12, 12, 4801)[:, None]
    examples = torch.tensor([[-1.5], [-0.5], [0.0], [2.0]])
    examples = (examples - examples.mean()) / examples.std(correction=0)
    rows = CodePrior(
        torch.zeros(4801, 1), torch.ones(4801, 1, 1), tuple(examples for _ in range(4801))
    )
    density = torch.exp(-rows.against(places, 0.6)).double()
    density /= density.sum()
    assert (density * places[:, 0]).sum().item() == pytest.approx(0, abs=1e-4)
    assert (density * places[:, 0] ** 2).sum().item() == pytest.approx(1, abs=1e-3)


def test_between_two_kinds_of_shapes_no_shape_is_likely(standard):
    examples = torch.tensor([[5.0, 0.0], [-5.0, 0.0]])
    prior = replace(standard(3, 2), examples=(examples,) * 3)
    middle, one, other = prior.against(torch.tensor([[0.0, 0.0], [2.5, 0.0], [-2.5, 0.0]]), 0.5)
    assert one.item() == pytest.approx(other.item())
    assert middle > one + 3
