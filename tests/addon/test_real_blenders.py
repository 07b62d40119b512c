"""The zip as a user gets it, installed by Blender's own command and put to work in real Blenders.

The newest module of Blender always; with `build.py test --all` also 4.2 and 4.5, and a full
Blender where there is one. Each has an empty user folder of its own.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.addon.blenders import blender

pytestmark = [pytest.mark.blender, pytest.mark.slow]

HERE = Path(__file__).parent
PICTURE = HERE.parent / "data" / "example_chair.png"


@pytest.fixture(scope="module", params=["4.2", "4.5", "5.0", "full"])
def driven(
    request: pytest.FixtureRequest, archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> SimpleNamespace:
    """What the script found in one Blender, into which the zip was installed."""
    folder = tmp_path_factory.mktemp("blender")
    user, out = folder / "user", folder / "told.json"
    user.mkdir()
    one = blender(request.param, user)
    one.extension("install-file", "--repo=user_default", archive)
    output = one.script(HERE / "headless_script.py", PICTURE, sys.executable, out)
    return SimpleNamespace(name=request.param, output=output, **json.loads(out.read_text()))


def test_the_blender_is_the_one_that_was_asked_for(driven: SimpleNamespace) -> None:
    wanted = "" if driven.name == "full" else driven.name
    assert driven.version.startswith(wanted)


def test_nothing_is_complained_of_on_the_way(driven: SimpleNamespace) -> None:
    complaints = ("Traceback", "RuntimeWarning", "not freed", "rna_uiItemO", "DeprecationWarning")
    lines = driven.output.splitlines()
    assert [line for line in lines if any(word in line for word in complaints)] == []


def test_a_picture_becomes_a_closed_upright_chair_of_the_size_asked_for(
    driven: SimpleNamespace,
) -> None:
    chair = driven.reconstructed
    check_solid(chair)
    sides = [high - low for low, high in zip(chair["lowest"], chair["highest"], strict=True)]
    assert max(sides) == pytest.approx(2.0, abs=1e-4)
    assert max(sides) == sides[2]  # a chair is higher than wide
    assert chair["lowest"][2] == pytest.approx(0.0, abs=1e-5)
    assert chair["selected"] == [chair["name"]]


def test_a_half_becomes_whole_where_it_stands(driven: SimpleNamespace) -> None:
    half, whole = driven.part, driven.completed
    assert not half["closed"]
    check_solid(whole)
    assert driven.said == ["{'FINISHED'}", "{'FINISHED'}"]
    assert whole["lowest"][2] == pytest.approx(0.0, abs=0.05)
    for side in range(3):  # what was given is kept
        assert whole["lowest"][side] <= half["lowest"][side] + 1e-4
        assert whole["highest"][side] >= half["highest"][side] - 1e-4
    assert whole["highest"][0] > half["highest"][0] + 0.2
    assert whole["selected"] == [whole["name"]]


def check_solid(told: dict) -> None:
    """A closed mesh whose faces look outwards, on an object without rotation and scale."""
    assert told["faces"] > 1000
    assert told["closed"]
    assert told["volume"] > 0
    assert told["scale"] == [1, 1, 1]
    assert told["rotation"] == pytest.approx([0, 0, 0])


@pytest.mark.parametrize(
    "kind",
    [
        *("classes", "properties", "handlers", "menus", "keymaps", "timers", "commands"),
        *("translations", "previews", "processes", "threads", "at exit", "paths"),
        *("temporary files", "datablocks", "repositories", "asset libraries"),
    ],
)
def test_disabling_leaves_blender_as_it_was_found(driven: SimpleNamespace, kind: str) -> None:
    found = vars(driven)
    assert found["disabled"][kind] == found["before"][kind]
    assert found["disabled again"][kind] == found["before"][kind]
    assert found["enabled again"][kind] == found["enabled"][kind]


def test_torch_stays_out_of_blender(driven: SimpleNamespace) -> None:
    assert not vars(driven)["torch in Blender"]
    assert vars(driven)["original is hidden"]
