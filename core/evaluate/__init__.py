"""How good a model is and how well it knows it, beside baselines, on shapes that it never saw."""
