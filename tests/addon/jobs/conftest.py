"""Jobs that have failed."""

import pytest


@pytest.fixture
def failed(isoform, follow, run, picture):
    """Gives a job that has failed."""

    def make(name):
        job = follow.start(picture(name))
        follow.until(lambda: not run.is_running)
        assert job.state == "failed"
        return job

    return make
