"""An operation that is declared in one file is there, with its checks, wherever it can be asked."""

import importlib
import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.blender

PLACES = (
    *("batch.log", "batch.running", "cli.options", "cli.setting_options"),
    *("operations.settings.dummy", "operations.settings.tables"),
    *("worker.job_messages", "worker.jobs", "worker.protocol", "worker.server"),
)
"""The modules of the engine that are looked into, called by their last names."""

DECLARATION = Path(__file__).with_name("dummy_operation.py")


@pytest.fixture
def core(isoform, staged, monkeypatch):
    """The staged engine's modules, with the dummy operation beside the true ones.

    Its request's class, and what is done for it, are the few lines that it needs beside.
    """
    path = staged / "isoform" / "core" / "operations" / "settings" / "dummy.py"
    shutil.copy(DECLARATION, path)
    found = SimpleNamespace(
        **{
            place.rpartition(".")[2]: importlib.import_module(f"isoform.core.{place}")
            for place in PLACES
        }
    )

    @dataclass(frozen=True, kw_only=True)
    class Spin(found.job_messages.OfMesh, found.dummy.SpinSettings):
        operation = found.dummy.SPIN
        kind = found.dummy.SPIN.name

    def spin(job, engine, progress, cancelled):
        progress("surface", 0.5)
        engine.spins.append((job.turns, job.way, job.slip))
        check = found.job_messages.MeshCheck(1, 0, 0, 0)
        return found.protocol.Finished(
            **{"job": job.job, "mesh": "", "code": (), "category": "top", "confidence": 0.75},
            **{"seconds": {"surface": 0.5}, "vertices": 4, "faces": 4, "closed": True},
            **{"check": check, "warnings": (), "written": (job.output,)},
        )

    monkeypatch.setattr(found.protocol, "REQUESTS", (*found.protocol.REQUESTS, Spin))
    monkeypatch.setitem(found.jobs.ACTS, Spin, spin)
    yield SimpleNamespace(**vars(found), Spin=Spin)
    path.unlink()


@pytest.fixture
def asked(core):
    """A request that lacks nothing."""
    settings = core.dummy.SpinSettings(turns=3, way="right", resolution=64)
    asked = core.job_messages.template(core.Spin, settings)
    return replace(asked, job="1", folder="/jobs/1", mesh="top.ply", output="top.glb")


class Engine:
    """Remembers how it was asked to spin."""

    def __init__(self, model="starter", device="auto"):
        self.device, self.points_per_batch = device, 1 << 16
        self.spins = []


def test_it_is_a_command_with_options_and_their_checks(core, isoform, capsys):
    parser = core.options.Parser(prog="isoform")
    core.options.add_operation(core.options.commands_of(parser), core.dummy.SPIN)
    words = ["spin", "top.ply", "--output", "out.glb", "--way", "right", "--slip", "0.5"]
    asked = core.options.template_given(core.Spin, parser.parse_args(words))
    assert (asked.turns, asked.way, asked.slip, asked.resolution) == (2, "right", 0.5, 128)
    with pytest.raises(isoform.errors.InputError, match="turns must be 1 to 12; found 13; 2 are"):
        core.options.template_given(core.Spin, parser.parse_args([*words, "--turns", "13"]))
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args([*words, "--way", "up"])
    assert "argument --way: invalid choice: 'up'" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="0"):
        parser.parse_args(["spin", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "Turn a mesh about itself." in told
    assert "--turns N full turns (2)" in told
    assert "--slip SLIP how far it slips (auto)" in told


@pytest.fixture
def spinning(core, isoform):
    """A property group and an operator that have the settings."""
    import bpy

    properties = isoform.setting_properties
    given = []

    @properties.with_properties(core.dummy.SpinSettings)
    class ISOFORM_PG_spin(bpy.types.PropertyGroup):
        category: bpy.props.StringProperty(default="auto")

    @properties.with_arguments(core.dummy.SpinSettings)
    class ISOFORM_OT_spin(isoform.shapes.ModelOperator):
        """Turn the selection about itself"""

        bl_idname = "isoform.spin"
        bl_label = "Spin"

        def execute(self, context):
            try:
                given.append(self.settings(core.dummy.SpinSettings, context.scene.spin))
            except isoform.errors.InputError as error:
                self.report({"ERROR"}, str(error))
                return {"CANCELLED"}
            return {"FINISHED"}

    for each in (ISOFORM_PG_spin, ISOFORM_OT_spin):
        bpy.utils.register_class(each)
    bpy.types.Scene.spin = bpy.props.PointerProperty(type=ISOFORM_PG_spin)
    yield given
    del bpy.types.Scene.spin
    for each in (ISOFORM_OT_spin, ISOFORM_PG_spin):
        bpy.utils.unregister_class(each)


def test_it_has_properties_in_blender(core, isoform, spinning):
    import bpy

    group = bpy.context.scene.spin
    spins, way, slip = (group.bl_rna.properties[name] for name in ("spins", "way", "slip"))
    assert (spins.name, spins.description) == ("Turns", "How often the shape is turned")
    assert (spins.default, spins.hard_min, spins.hard_max, spins.soft_max) == (2, 1, 12, 6)
    items = [(each.identifier, each.name, each.description) for each in way.enum_items]
    assert items[0] == ("left", "To the Left", "Against the clock")
    assert [key for key, _, _ in items] == ["left", "right"]
    assert (slip.default, slip.hard_min, slip.precision, slip.unit) == (0, 0, 4, "LENGTH")
    assert group.resolution == 128


def test_it_is_an_operator_that_takes_the_rest_from_the_panel(core, isoform, spinning):
    import bpy

    bpy.context.scene.spin.way = "right"
    assert bpy.ops.isoform.spin(spins=5) == {"FINISHED"}
    made = core.dummy.SpinSettings(turns=5, way="right", model="starter")
    assert spinning == [made]
    with pytest.raises(RuntimeError, match="turns must be 1 to 12; found 13; 2 are plenty"):
        bpy.ops.isoform.spin(spins=13)
    with pytest.raises(TypeError, match='enum "up" not found'):
        bpy.ops.isoform.spin(way="up")


def test_it_crosses_to_the_worker(core, asked, tmp_path):
    engine = Engine()
    line = core.protocol.to_line(asked)
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as stdin, os.fdopen(reader, "rb") as stdout:
        stdin.write(line)
        stdin.close()
        with core.server.Worker(tmp_path, lambda: lambda *_: engine) as served:
            served.serve(stdout, leave=lambda: None)
    told = (tmp_path / core.protocol.EVENTS_NAME).read_bytes().splitlines()
    events = [core.protocol.event_from_line(each) for each in told]
    assert [each.kind for each in events] == ["ready", "progress", "loaded", "progress", "result"]
    assert engine.spins == [(3, "right", None)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"way": "up"}, "'up' where one of left, right was expected"),
        ({"turns": 13}, "turns must be 1 to 12; found 13"),
        ({"turns": "many"}, "'many' where <class 'int'> was expected"),
        ({"speed": 1}, "unknown speed"),
    ],
)
def test_what_is_not_declared_does_not_cross(core, isoform, asked, change, why):
    values = json.loads(core.protocol.to_line(asked)) | change
    with pytest.raises(isoform.errors.WorkerError, match=why):
        core.protocol.request_from_line(json.dumps(values).encode())


class Worker:
    """A worker that is done when it is asked."""

    def __init__(self, core):
        self.core, self.engine, self.job = core, Engine(), None

    def start(self, request):
        self.job = request(Path("/jobs/1"))

    def outcome(self):
        return self.core.jobs.run(self.job, self.engine, lambda *_: None, lambda: False)

    def clear(self):
        self.job = None

    def stop(self):
        self.job = None


class Store:
    """Takes everything."""

    def __init__(self, core):
        self.core = core

    def check(self):
        pass

    def has(self, names):
        return True

    def take(self, item, result):
        return self.core.running.Stored(result.written)


def test_it_is_in_the_log_of_a_batch_that_can_be_resumed(core, asked, tmp_path):
    def run(template):
        item = core.running.Item("top", "top.glb", lambda: iter([b"top"]), lambda _: template)
        log, workers = core.log.BatchLog(tmp_path), [Worker(core)]
        options = {"is_resumed": True, "version": "1", "tell": lambda _: None}
        batch = core.running.Batch([item], workers, log, Store(core), template, **options)
        while batch.advance(1.0):
            pass
        return batch, json.loads(log.path.read_text().splitlines()[-1])

    batch, line = run(asked)
    assert (batch.done, batch.skipped) == (1, 0)
    shared = {"model": "starter", "device": "auto", "category": "auto", "resolution": 64}
    assert line["settings"] == {
        **{"kind": "spin", "turns": 3, "way": "right", "slip": None},
        **shared,
    }
    assert run(asked)[0].skipped == 1
    assert run(replace(asked, turns=4))[0].done == 1


def test_it_has_a_table_in_the_manual(core):
    rows = core.tables.table_of(core.dummy.SPIN).splitlines()
    assert "| `--turns` | Turns | How often the shape is turned | 2 | 1 to 12 |" in rows
