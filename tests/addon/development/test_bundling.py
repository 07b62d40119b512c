"""A bundle is made for a Python that is here, or refused."""

import sys

import pytest

import build


def test_a_bundle_for_a_python_that_is_not_here_is_refused(monkeypatch):
    bundling = build.development("bundling")
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert bundling.python_of(here) == sys.executable
    with pytest.raises(build.BuildError, match=r"there is no python3\.99 on the PATH; install it"):
        bundling.python_of("3.99")
    monkeypatch.setattr(bundling.machine, "platform_name", lambda: "linux")
    with pytest.raises(build.BuildError, match="no build for Metal on linux"):
        bundling.main(["--backend", "mps"])
