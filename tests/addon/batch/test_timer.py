"""A batch from the panel: advanced by the timer, told, stopped, kept waiting."""

import os
import signal
import time

import pytest

from ..batch_log import ended

pytestmark = pytest.mark.blender


@pytest.fixture
def play(isoform):
    """Plays the batch's timer, which needs a window, until it ends or `until` is true."""

    def play(until=lambda: False):
        end = time.monotonic() + 60
        while not until():
            assert time.monotonic() < end
            if isoform.batch_timer._tick() is None:
                return
            time.sleep(0.02)

    return play


@pytest.fixture
def begin(isoform):
    """Begins a batch as the panel does."""
    import bpy

    def begin(source, output, suffix=".glb", workers=1, is_resumed=True):
        settings = bpy.context.scene.isoform
        is_picture = not isinstance(source, bpy.types.Collection)
        operators = isoform.batch_operators
        asked = operators.pictures_asked if is_picture else operators.meshes_asked
        order = isoform.batch_run.Order(
            source, output, suffix, workers, is_resumed, asked(settings, "cpu")
        )
        isoform.batch_timer.follow(order)

    return begin


def shown():
    import bpy

    return bpy.context.window_manager.isoform.batch


def test_the_timer_runs_several_workers_and_tells_the_panel(begin, play, pictures, tmp_path):
    import bpy

    names = ("a.png", "b.png", "blank.png", "c.png", "d.png")
    begin(pictures(*names), tmp_path / "out", workers=3)
    assert not bpy.ops.isoform.batch.poll()
    seen = set()
    play(lambda: seen.add(shown().status))
    assert any(each.endswith("of 5, 0 failed") for each in seen)
    assert (shown().is_running, shown().is_error) == (False, True)
    assert shown().status == "4 done, 1 failed, 0 done before, 0 doubtful"
    assert shown().hint.startswith("blank.png: the picture blank.png is fully transparent")
    assert len(list((tmp_path / "out").glob("*.glb"))) == 4
    assert bpy.ops.isoform.batch.poll()


def test_the_panel_counts_and_names_the_doubtful_results(isoform, begin, play, pictures, tmp_path):
    import bpy

    begin(pictures("a.png", "doubtful.png"), tmp_path / "out")
    play()
    assert (shown().is_error, shown().hint) == (False, "")
    assert shown().status == "2 done, 0 failed, 0 done before, 1 doubtful"
    assert shown().doubts == "doubtful.png: 25 % sure"
    assert "confidence" in ended(tmp_path / "out")["a.png"]
    most = isoform.batch_timer.DOUBTS_SHOWN
    names = [f"{letter}.png" for letter in "abcdefghij"]
    bpy.context.scene.isoform.face_limit = 4
    begin(pictures(*names), tmp_path / "more", workers=2)
    play()
    *named, rest = shown().doubts.splitlines()
    assert len(named) == most
    assert all(each.endswith(" % sure; the mesh has more faces than asked") for each in named)
    # the doubtful one of before lies in the folder as well
    assert rest == f"{len(names) + 1 - most} more are in the log"


def test_a_batch_that_is_stopped_is_resumed(isoform, begin, play, pictures, tmp_path):
    import bpy

    assert not bpy.ops.isoform.stop_batch.poll()
    folder = pictures("a.png", "slow.png")
    begin(folder, tmp_path / "out")
    play(lambda: shown().status.startswith("1 of 2"))
    process = isoform.batch_timer._current.batch._workers[0]._supervisor._client._process
    assert bpy.ops.isoform.stop_batch() == {"FINISHED"}
    assert process.poll() is not None
    assert shown().status == "Stopped; run it again to go on"
    assert ended(tmp_path / "out").keys() == {"a.png"}
    (folder / "slow.png").rename(folder / "z.png")
    begin(folder, tmp_path / "out")
    play()
    assert shown().status == "1 done, 0 failed, 1 done before, 0 doubtful"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_killed_worker_stops_no_other_input(isoform, begin, play, pictures, tmp_path):
    begin(pictures("a.png", "slow.png", "z.png"), tmp_path / "out")
    play(lambda: shown().status.startswith("1 of 3"))
    worker = isoform.batch_timer._current.batch._workers[0]
    for _ in range(2):  # the first death has it tried once more
        play(lambda: worker._task.progress is not None)
        worker._task.progress = None
        process = worker._supervisor._client._process
        os.kill(process.pid, signal.SIGKILL)
        play(lambda process=process: process.poll() is not None)
        play(lambda: worker._supervisor._client is None or worker._supervisor._client.is_alive)
    play()
    told = ended(tmp_path / "out")
    assert "ended unexpectedly (signal 9)" in told["slow.png"]["error"]
    assert told["z.png"]["status"] == "done"


def test_results_from_the_timer_are_undo_steps(begin, play, pictures, tmp_path):
    import bpy

    begin(pictures("a.png", "b.png"), tmp_path / "out", suffix="")
    bpy.ops.ed.undo_push(message="before")  # the module starts without an undo history
    play()
    assert [each.name for each in bpy.data.objects] == ["a", "b"]
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.ed.undo()
    assert [each.name for each in bpy.data.objects] == ["a"]


def test_assets_wait_for_object_mode(begin, play, pictures, tmp_path):
    import bpy

    bpy.ops.mesh.primitive_cube_add()
    begin(pictures("a.png"), tmp_path / "out", suffix="")
    bpy.ops.object.mode_set(mode="EDIT")
    end = time.monotonic() + 1.0
    play(lambda: time.monotonic() > end)
    assert shown().is_running
    assert len(bpy.data.objects) == 1
    bpy.ops.object.mode_set(mode="OBJECT")
    play()
    assert sorted(each.name for each in bpy.data.objects) == ["Cube", "a"]


def test_another_file_ends_a_batch_of_its_scene_and_leaves_others(
    isoform, begin, play, pictures, tmp_path
):
    import bpy

    folder = pictures("a.png", "b.png")
    begin(folder, tmp_path / "assets", suffix="")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert not isoform.batch_timer.is_running()
    begin(folder, tmp_path / "files")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert isoform.batch_timer.is_running()
    play()
    assert len(list((tmp_path / "files").glob("*.glb"))) == 2


def test_a_full_disk_ends_the_batch_with_its_sentence(begin, play, pictures, tmp_path, monkeypatch):
    from types import SimpleNamespace

    begin(pictures("a.png", "b.png"), tmp_path / "out")
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    play()
    assert shown().is_error
    assert "is full (1 MB are left); free some space, and resume" in shown().status
    monkeypatch.undo()
    begin(tmp_path / "pictures", tmp_path / "out")
    play()
    assert shown().status.startswith("2 done, 0 failed")


def test_a_tick_costs_little(isoform, begin, play, pictures, tmp_path):
    begin(pictures("a.png", "slow.png"), tmp_path / "out", workers=2)
    play(lambda: shown().status.startswith("1 of 2"))
    costs = []
    for _ in range(100):
        start = time.perf_counter()
        isoform.batch_timer._tick()
        costs.append(time.perf_counter() - start)
    assert sorted(costs)[50] < 0.001
