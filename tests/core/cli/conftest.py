"""The command line as a test runs it, on the tiny model."""

from pathlib import Path

import pytest

from core.__main__ import main
from tests.core.cli.doubt import Run


@pytest.fixture
def run(
    tiny_model: Path, chair_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs `reconstruct`; gives exit status, stdout and stderr. Later options win."""

    def reconstruct(*options: str | Path, picture: Path = chair_file) -> tuple[int, str, str]:
        capsys.readouterr()
        defaults = ["--model", tiny_model, "--device", "cpu", "--resolution", "40"]
        defaults += ["--output", tmp_path / "out.glb"]
        status = main(["reconstruct", str(picture), *map(str, defaults), *map(str, options)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return reconstruct
