"""Enabling twice works, and disabling leaves nothing behind, even in the middle of a job."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.blender

SCRIPT = Path(__file__).parent / "registration_script.py"


@pytest.fixture(scope="module")
def told(staged, tmp_path_factory):
    """What the script found in a fresh Blender."""
    pytest.importorskip("bpy", reason="Blender's module is not installed")
    from PIL import Image

    picture = tmp_path_factory.mktemp("pictures") / "slow.png"
    Image.new("RGBA", (4, 4)).save(picture)
    command = [sys.executable, "-I", str(SCRIPT), str(staged), str(picture), sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_enabling_adds_what_the_panel_needs(told):
    assert set(told["enabled"]["classes"]) == {
        *("ISOFORM_AP_preferences", "ISOFORM_PG_settings", "ISOFORM_PG_completion"),
        *("ISOFORM_PG_run", "ISOFORM_OT_reconstruct", "ISOFORM_OT_complete"),
        *("ISOFORM_OT_pick_hypothesis", "ISOFORM_OT_cancel", "ISOFORM_OT_free_memory"),
        *("ISOFORM_PT_reconstruct", "ISOFORM_PT_options"),
        *("ISOFORM_PT_more_pictures", "ISOFORM_PT_model", "ISOFORM_PT_cut_out"),
        *("ISOFORM_PT_result", "ISOFORM_PG_mask", "ISOFORM_FH_picture"),
        *("ISOFORM_OT_drop_pictures", "ISOFORM_OT_open_pictures"),
        *("ISOFORM_OT_reconstruct_image", "ISOFORM_OT_choose_model"),
        *(
            "ISOFORM_OT_refresh_models",
            "ISOFORM_OT_open_models",
            "ISOFORM_OT_matte",
            "ISOFORM_OT_edit_mask",
        ),
        *("ISOFORM_OT_mask_brush", "ISOFORM_OT_restore_picture", "ISOFORM_OT_check_mesh"),
        *("ISOFORM_OT_select_faults", "ISOFORM_OT_mark_asset"),
        *("ISOFORM_OT_help", "ISOFORM_OT_manual"),
        *("ISOFORM_OT_install", "ISOFORM_OT_install_from_folder"),
        *("ISOFORM_OT_use_existing_python", "ISOFORM_OT_cancel_install"),
        *("ISOFORM_OT_open_install_log", "ISOFORM_OT_remove_runtime"),
        *("ISOFORM_PG_batch", "ISOFORM_PG_batch_run", "ISOFORM_PT_batch"),
        *("ISOFORM_OT_batch", "ISOFORM_OT_stop_batch"),
        *("ISOFORM_PT_complete", "ISOFORM_PT_complete_options"),
        *("ISOFORM_PG_job", "ISOFORM_UL_jobs", "ISOFORM_PT_jobs", "ISOFORM_OT_retry_job"),
        *("ISOFORM_OT_fix_job", "ISOFORM_OT_insert_here", "ISOFORM_OT_move_job"),
        *("ISOFORM_OT_remove_job", "ISOFORM_OT_clear_jobs", "ISOFORM_OT_copy_report"),
    }
    assert "isoform" in told["enabled"]["properties"]


@pytest.mark.parametrize(
    "what", ["classes", "properties", "handlers", "menus", "processes", "threads"]
)
def test_disabling_leaves_nothing_behind(told, what):
    assert told["disabled"][what] == told["before"][what]
    assert told["disabled again"][what] == told["before"][what]


def test_disabling_in_the_middle_of_a_job_ends_it(told):
    assert told["running"]["timer"]
    assert told["running"]["processes"]
    assert not told["disabled again"]["timer"]
