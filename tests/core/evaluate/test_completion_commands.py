"""The command `evaluate-completion`, and what it refuses."""

from core.__main__ import main


def test_a_share_beyond_the_whole_is_refused(library, tiny_model, capsys):
    options = ["--model", str(tiny_model), "--share", "1.5"]
    assert main(["evaluate-completion", str(library), *options]) == 2
    assert "--share must lie in [0, 1); found 1.5" in capsys.readouterr().err
