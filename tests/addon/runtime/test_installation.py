"""Installing the engine from Blender: real installer processes, bundles of tiny wheels."""

import importlib
import shutil
import site
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.core.install.tiny import FAKE_TORCH, describe, make_wheel

pytestmark = [
    pytest.mark.blender,
    pytest.mark.skipif(sys.platform == "win32", reason="plays with POSIX processes"),
]

FIT = (
    'echo \'{"version": "3.12.1", "missing": {}, "torch": "2.9", "devices": ["cuda", "cpu"], '
    '"device_name": "Card", "memory_bytes": 8000000000}\''
)
"""What a fit Python answers."""


@pytest.fixture
def setting(isoform, tmp_path, monkeypatch):
    """The add-on as an extension with an empty user folder, and its modules for this."""
    places = {
        **{"installation": "runtime.installation", "install_operators": "operators.install"},
        **{"preferences": "runtime.preferences", "preferences_page": "panels.preferences"},
    }
    modules = {
        name: importlib.import_module(f"isoform.addon.{place}") for name, place in places.items()
    }
    user = tmp_path / "Zoë's файлы 模型"
    monkeypatch.setattr(isoform.places, "user_folder", lambda: user)
    import bpy

    own = modules["preferences"].own(bpy.context)
    own.python_path = own.python_facts = ""
    yield SimpleNamespace(user=user, own=own, rt=user / "rt", **modules)
    modules["installation"].unregister()
    modules["installation"].register()
    own.python_path = own.python_facts = ""


@pytest.fixture
def bundle(tmp_path):
    """A bundle whose engine is a false torch, and for all else the libraries of the tests."""
    folder = tmp_path / "bundle"
    libraries = "\n".join(site.getsitepackages()) + "\n"
    files = {"torch/__init__.py": FAKE_TORCH, "torch/safe.py": "", "tests.pth": libraries}
    files |= {"safetensors/__init__.py": "", "safetensors/torch.py": ""}
    make_wheel(folder / "wheels", "engine", files)
    (folder / "models").mkdir()
    return describe(folder)


def make_slow(bundle):
    """Makes unpacking the bundle take a while."""
    text = "x" * 1_000_000
    make_wheel(bundle / "wheels", "much", {f"much/{n}.txt": text for n in range(300)})
    describe(bundle)


def pretend_python(folder, script):
    """A program that answers as a Python might."""
    path = folder / "python3"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def play(setting, until=lambda: False, limit_s=60.0):
    """Plays the timer, which needs a window, to its end or until the condition holds."""
    end = time.monotonic() + limit_s
    while setting.installation._tick() is not None and not until():
        assert time.monotonic() < end, f"not within {limit_s} s"
        time.sleep(0.05)


def test_a_job_runs_in_the_engine_that_was_installed_from_a_folder(
    isoform, setting, bundle, picture
):
    import bpy

    setting.own.python_path = "/nowhere/python"
    assert bpy.ops.isoform.install_from_folder(directory=str(bundle)) == {"FINISHED"}
    assert setting.own.python_path == ""
    found, problem = setting.preferences_page.state(setting.own)
    assert problem == ""
    assert found.python.startswith(str(setting.rt))
    lines = setting.preferences_page.described(found)
    assert lines[0].startswith("Ready: torch 2.13.0+cpu, Python 3.")
    assert "processor core" in lines[1]
    bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")))
    assert isoform.scheduler.supervisor._client.python == Path(found.python)


def test_an_engine_damaged_under_blender_is_one_sentence_and_mended_by_installing(
    isoform, setting, bundle, picture
):
    import bpy

    bpy.ops.isoform.install_from_folder(directory=str(bundle))
    bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")))
    environment = next(setting.rt.glob("1-*"))
    shutil.rmtree(environment / "lib")
    with pytest.raises(RuntimeError, match=r"is damaged \(it lacks torch\); press Install in Edit"):
        bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")))
    with pytest.raises(isoform.errors.WorkerError) as caught:
        isoform.places.worker_python("")
    assert caught.value.remedy == isoform.errors.INSTALL_RUNTIME
    assert "is damaged" in setting.preferences_page.state(setting.own)[1]
    bpy.ops.isoform.install_from_folder(directory=str(bundle))
    assert [each.name[:2] for each in setting.rt.glob("*-*")] == ["2-"]
    bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")))
    assert isoform.scheduler.supervisor._client.python.parts[-3].startswith("2-")
    shutil.rmtree(setting.rt)
    assert setting.preferences_page.state(setting.own) == (None, "")
    bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")))


def test_a_bad_bundle_changes_nothing(setting, bundle, tmp_path):
    import bpy

    setting.own.python_path = "/some/python"
    (bundle / "wheels" / "engine-1.0-py3-none-any.whl").write_bytes(b"changed")
    with pytest.raises(RuntimeError, match="was changed or damaged since the bundle was made"):
        bpy.ops.isoform.install_from_folder(directory=str(bundle))
    with pytest.raises(RuntimeError, match="is no bundle"):
        bpy.ops.isoform.install_from_folder(directory=str(tmp_path))
    assert setting.own.python_path == "/some/python"
    assert list(setting.rt.glob("*-*")) == []


def test_an_existing_python_is_taken_when_it_answers_well(setting, tmp_path):
    import bpy

    python = pretend_python(tmp_path, FIT)
    assert bpy.ops.isoform.use_existing_python(filepath=python) == {"FINISHED"}
    assert setting.own.python_path == python
    found, problem = setting.preferences_page.state(setting.own)
    assert problem == ""
    assert setting.preferences_page.described(found) == [
        "Ready: torch 2.9, Python 3.12.1",
        "GPU: Card, 8.0 GB",
        python,
    ]
    setting.own.python_path = sys.executable
    assert setting.preferences_page.state(setting.own) == (None, "")
    setting.own.python_path = "/nowhere/python"
    assert "is not a file" in setting.preferences_page.state(setting.own)[1]


def test_a_bad_python_is_refused_and_the_old_choice_stays(setting, tmp_path):
    import bpy

    setting.own.python_path = sys.executable
    python = pretend_python(tmp_path, "echo hello")
    with pytest.raises(RuntimeError, match="does not answer as a Python does"):
        bpy.ops.isoform.use_existing_python(filepath=python)
    assert setting.own.python_path == sys.executable


def test_install_is_grey_without_online_access_and_says_what_to_do(setting):
    import bpy

    assert not bpy.app.online_access
    assert not bpy.ops.isoform.install.poll()
    assert bpy.ops.isoform.install_from_folder.poll()
    with pytest.raises(RuntimeError, match=r"Blender is offline: allow Online Access in Pref"):
        bpy.ops.isoform.install()


def test_what_would_be_installed_is_said_before(setting):
    setting.own.backend = "cpu"
    lines = setting.preferences_page.plan_lines(setting.own)
    assert lines[0] == "PyTorch and its libraries for CPU"
    assert lines[1].startswith("Download about ")
    assert lines[2] == f"Into {setting.rt}"
    setting.own.wheel_index = "the fast one"
    with pytest.raises(importlib.import_module("isoform.core.errors").InstallError):
        setting.preferences_page.plan_lines(setting.own)
    setting.own.wheel_index, setting.own.backend = "", "auto"


def test_with_a_window_a_timer_follows_and_a_cancel_is_heard(isoform, setting, bundle):
    import bpy

    make_slow(bundle)
    installation = setting.installation
    messages = importlib.import_module("isoform.core.install.messages")
    order = messages.InstallBundle(str(setting.rt), str(bundle), str(setting.user / "models"))
    installation.start(order, setting.install_operators.use_installed)
    installation.follow()
    assert bpy.app.timers.is_registered(installation._tick)
    with pytest.raises(isoform.errors.InstallError, match="an installation is on its way"):
        installation.start(order, setting.install_operators.use_installed)
    play(setting, lambda: (installation.shown.progress or order).kind == "progress")
    assert 0 <= installation.shown.progress.fraction <= 1
    assert not bpy.ops.isoform.remove_runtime.poll()
    bpy.ops.isoform.cancel_install()
    play(setting)
    assert installation.shown.sentence == "the installation was cancelled; nothing was changed"
    assert not installation.shown.is_error
    assert list(setting.rt.glob("*-*")) == []
    assert installation.log_path() == setting.rt / "install.log"


def test_unregistering_in_the_middle_ends_the_installer(setting, bundle):
    make_slow(bundle)
    installation = setting.installation
    messages = importlib.import_module("isoform.core.install.messages")
    order = messages.InstallBundle(str(setting.rt), str(bundle), str(setting.user / "models"))
    installation.start(order, setting.install_operators.use_installed)
    process, folder = installation._client._process, installation._folder
    installation.unregister()
    assert process.poll() is not None
    assert not folder.exists()
    installation.register()


def test_an_installer_that_dies_is_one_sentence(setting, bundle):
    make_slow(bundle)
    installation = setting.installation
    messages = importlib.import_module("isoform.core.install.messages")
    order = messages.InstallBundle(str(setting.rt), str(bundle), str(setting.user / "models"))
    installation.start(order, setting.install_operators.use_installed)
    installation._client._process.kill()
    play(setting)
    assert installation.shown.is_error
    assert installation.shown.sentence.startswith("the installer ended unexpectedly")
    assert setting.own.python_path == ""


def test_leftovers_are_removed_a_while_after_the_start(setting, bundle):
    import bpy

    bpy.ops.isoform.install_from_folder(directory=str(bundle))
    (setting.rt / "7-dead" / "lib").mkdir(parents=True)
    setting.installation._tidy_once()
    play(setting)
    assert [each.name[:2] for each in setting.rt.glob("*-*")] == ["1-"]


def test_an_engine_stays_while_the_worker_of_another_blender_runs_in_it(
    isoform, setting, bundle, tmp_path, picture
):
    import bpy

    bpy.ops.isoform.install_from_folder(directory=str(bundle))
    python = setting.preferences_page.state(setting.own)[0].python
    folder = tmp_path / "another worker"
    folder.mkdir()
    other = isoform.client.WorkerClient(Path(python), folder)
    ready = []
    while not ready:
        ready = other.events()
        time.sleep(0.05)
    bpy.ops.isoform.install_from_folder(directory=str(bundle))
    assert sorted(each.name[:2] for each in setting.rt.glob("*-*")) == ["1-", "2-"]
    bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")))
    assert isoform.scheduler.supervisor._client.python.parts[-3].startswith("2-")
    assert other.is_alive
    other.stop()
    setting.installation._tidy_once()
    play(setting)
    assert [each.name[:2] for each in setting.rt.glob("*-*")] == ["2-"]


def test_removing_the_engine_removes_all_of_it(isoform, setting, bundle, picture):
    import bpy

    assert not bpy.ops.isoform.remove_runtime.poll()
    bpy.ops.isoform.install_from_folder(directory=str(bundle))
    bpy.ops.isoform.reconstruct(filepath=str(picture("a.png")))
    assert isoform.scheduler.supervisor.has_worker
    assert bpy.ops.isoform.remove_runtime() == {"FINISHED"}
    assert list(setting.rt.glob("*-*")) == []
    assert not bpy.ops.isoform.remove_runtime.poll()
