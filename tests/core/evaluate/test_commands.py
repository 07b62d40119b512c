"""The command `evaluate`, and what it refuses."""

from core.__main__ import main


def test_a_model_is_not_scored_on_a_strange_library(library, tiny_model, tmp_path, capsys):
    assert main(["evaluate", str(tmp_path), "--model", str(tiny_model)]) == 2
    assert "no mesh was found" in capsys.readouterr().err
