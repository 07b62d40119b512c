"""The README files: short where they begin, every link goes somewhere, every folder is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

READMES = ("README.md", "addon/README.md", "core/README.md", "core/train/README.md")
READMES += ("tests/bench/README.md",)

LINES = 150
"""Of the first page at most: whoever has found Isoform reads one page before trying it."""


def anchors_of(path: Path) -> set[str]:
    """What GitHub and GitLab call the headings of a Markdown file."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_first_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= LINES


@pytest.mark.parametrize("name", READMES)
def test_every_link_goes_to_a_file_and_a_heading(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    assert links
    for link in links:
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors_of(target), link


@pytest.mark.parametrize("name", READMES)
def test_every_file_and_folder_that_is_named_is_there(name: str) -> None:
    words = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:addon|core|tests)/[\w/.]*)`", words)
    assert [each for each in named if not (ROOT / each).exists()] == []
