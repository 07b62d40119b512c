"""Wheels through the real pip, from an index that is a folder, checked against a lock file."""

import re
from pathlib import Path

import pytest

from core.install import downloading


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("ERROR: No matching distribution found for torch==2.13.0", "paste the address after"),
        ("ERROR: Cannot install torch==2.13.0 because these", "paste the address after"),
        ("OSError: [Errno 28] No space left on device", "is full; free some space"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that Isoform was tested"),
        ("Max retries exceeded with url: /simple", "cannot reach its package index"),
        ("ReadTimeoutError: Read timed out.", "cannot reach its package index"),
        ("WARNING: a\nERROR: something new\n", r"pip failed \(ERROR: something new\); see the log"),
        ("", r"pip failed \(no message\)"),
    ],
)
def test_what_pip_says_becomes_one_sentence(tmp_path: Path, printed: str, sentence: str) -> None:
    assert re.search(sentence, downloading.sentence_of(printed, "cuda", tmp_path))
