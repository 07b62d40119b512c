"""What a button can do about a failed job, and that one press does it."""

import os

import pytest

pytestmark = pytest.mark.blender


def objects():
    import bpy

    return sorted(each.name for each in bpy.data.objects)


def test_less_detail_is_offered_where_memory_is_short_and_one_press_does_it(
    isoform, failed, follow, run
):
    import bpy

    job = failed("hungry.png")
    assert run.status == "There is not enough memory at resolution 64; lower it"
    assert isoform.remedies.label(job) == "Use 48 Instead of 64"
    assert bpy.ops.isoform.fix_job(number=job.number) == {"FINISHED"}
    follow.until(lambda: not run.is_running)
    assert bpy.data.objects["hungry"]["isoform_code"][0] == 48
    assert '"resolution": 48' in bpy.data.objects["hungry"]["isoform_settings"]


def test_the_cpu_is_offered_where_two_workers_died_and_one_press_does_it(
    isoform, failed, follow, run
):
    import bpy

    job = failed("graphic.png")
    assert run.status == (
        "The worker process ended unexpectedly (exit status 7), twice; use the CPU"
    )
    assert isoform.remedies.label(job) == "Use the CPU"
    bpy.ops.isoform.fix_job(number=job.number)
    follow.until(lambda: not run.is_running)
    assert objects() == ["graphic"]


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for a Python there")
def test_a_python_that_lacks_torch_leads_to_the_preferences(isoform, failed, tmp_path):
    import bpy

    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'this Python lacks torch' >&2\nexit 2\n")
    python.chmod(0o755)
    bpy.context.preferences.addons["isoform"].preferences.python_path = str(python)
    job = failed("chair.png")
    assert job.failure.sentence == "this Python lacks torch"
    assert isoform.remedies.label(job) == "Choose Another Python..."
    assert isoform.remedies.page(job) == "isoform"


@pytest.mark.parametrize(
    ("remedy", "options", "label"),
    [
        ("smaller_resolution", {"resolution": 16}, ""),
        ("smaller_resolution", {"resolution": 1000}, "Use 768 Instead of 1000"),
        ("use_cpu", {"device": "cuda"}, "Use the CPU"),
        ("use_cpu", {"device": "cpu"}, ""),
        ("another_model", {"model": "/mine.safetensors"}, "Use the Starter Model"),
        ("another_model", {"model": "starter"}, ""),
        ("install_runtime", {}, "Install the Engine..."),
        ("another_python", {}, "Choose Another Python..."),
        ("free_disk", {}, "Choose Another Folder..."),
        ("", {}, ""),
    ],
)
def test_every_remedy_has_its_button_where_it_can_help(isoform, remedy, options, label):
    fields = {"job": "1", "folder": "/x", "pictures": ("a.png",), "category": "auto"}
    fields |= {"resolution": 64, "target_faces": None, "seed": 0, "size_m": 1.0}
    request = isoform.messages.Reconstruct(
        **(fields | {"model": "starter", "device": "auto"} | options)
    )
    job = isoform.job.Job(request, place=None)
    assert isoform.remedies.label(job) == ""
    job.outcome = isoform.messages.Failed("1", "no", "", remedy)
    assert isoform.remedies.label(job) == label
