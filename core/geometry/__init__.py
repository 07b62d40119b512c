"""Measures of triangle meshes that stages share, thin over libigl, SciPy and embree."""
