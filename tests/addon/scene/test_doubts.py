"""What is doubtful about a result stays with its object and is shown whole, today and later."""

from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.blender

LONG = (
    "the outline of the result differs from the picture by 4 % of its height; try another picture, "
    "a higher resolution, or name the category"
)


class Layout:
    """Remembers the labels that are drawn into it or into parts of it."""

    def __init__(self, drawn=None):
        self.drawn = [] if drawn is None else drawn

    def column(self, align=False):
        return Layout(self.drawn)

    box = row = split = column

    def label(self, text="", icon="NONE", translate=True):
        self.drawn.append((icon, text))

    def operator(self, *_, **__):
        return SimpleNamespace()

    progress = template_list = separator = operator

    def sentences(self, start):
        """The texts that begin at a label with the icon `start`, their lines joined."""
        found = []
        for icon, text in self.drawn:
            if icon == start:
                found.append(text)
            elif icon == "BLANK1" and found:
                found[-1] += f" {text}"
        return found


@pytest.fixture
def context():
    """Of a sidebar that is as narrow as Blender makes a new one."""
    system = SimpleNamespace(ui_scale=1.0)
    region = SimpleNamespace(width=280)
    return SimpleNamespace(region=region, preferences=SimpleNamespace(system=system))


@pytest.fixture
def thing(isoform):
    """An object with what is kept of a result."""
    import bpy

    def make(confidence, *warnings):
        data = bpy.data.meshes.new("Chair")
        made = bpy.data.objects.new("Chair", data)
        bpy.context.collection.objects.link(made)
        for key, value in isoform.doubts.kept(confidence, warnings).items():
            made[key] = value
        return made

    return make


def test_what_is_kept_is_there_when_the_file_is_opened_again(isoform, thing, tmp_path):
    import bpy

    thing(0.25, LONG, "the mesh is not closed")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "chair.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "chair.blend"))
    found = bpy.data.objects["Chair"]
    assert found["isoform_warnings"] == f"{LONG}\nthe mesh is not closed"
    assert isoform.doubts.warnings_of(found) == [f"T{LONG[1:]}", "The mesh is not closed"]
    assert isoform.doubts.confidence_of(found) == 0.25


@pytest.mark.parametrize(
    ("confidence", "warnings", "expected"),
    [(0.75, (), False), (0.25, (), True), (0.75, ("the mesh is not closed",), True)],
)
def test_an_object_is_doubtful_as_its_result_was(isoform, thing, confidence, warnings, expected):
    assert isoform.doubts.is_doubtful(thing(confidence, *warnings)) is expected


def test_an_object_that_tells_nothing_is_not_doubtful(isoform, thing, context):
    import bpy

    plain = bpy.data.objects.new("Plain", None)
    assert (isoform.doubts.confidence_of(plain), isoform.doubts.warnings_of(plain)) == (None, [])
    assert not isoform.doubts.is_doubtful(plain)
    plain["isoform_confidence"], plain["isoform_warnings"] = "high", 3  # of somebody else
    assert isoform.doubts.confidence_of(plain) is None
    layout = Layout()
    isoform.doubts.draw_of(context, layout, bpy.data.objects.new("Other", None))
    assert layout.drawn == []


def test_every_sentence_is_drawn_whole_with_a_sign_of_its_own(isoform, thing, context):
    layout = Layout()
    isoform.doubts.draw_of(context, layout, thing(0.25, LONG, "the mesh is not closed"))
    assert layout.sentences("QUESTION")[0].startswith("25 % sure, doubtful")
    assert layout.sentences("ERROR") == [f"T{LONG[1:]}", "The mesh is not closed"]
    letters = isoform.wrapping.letters_of(context)
    assert max(len(text) for _, text in layout.drawn) <= letters


def test_a_good_result_is_told_from_a_doubtful_one(isoform, follow, run, picture, context):
    import bpy

    icons, seen = isoform.panel_jobs.ICONS, {}
    for name in ("stool.png", "doubtful.png"):
        job = follow.start(picture(name))
        follow.until(lambda: not run.is_running)
        row, layout = run.jobs[-1], Layout()
        isoform.panel_jobs._draw_ended(context, layout, job)
        seen[name] = (row.look, row.status, layout.drawn[0][0])
    assert seen == {
        "stool.png": ("done", "Done", icons["done"]),
        "doubtful.png": ("doubtful", "Doubtful", icons["doubtful"]),
    }
    assert run.status == "Chair, doubtful: 12 faces, closed, 25 % sure, 0.2 s"
    assert bpy.data.objects["doubtful"]["isoform_confidence"] == 0.25
    assert bpy.data.objects["stool"]["isoform_confidence"] == 0.75


def test_the_list_repeats_no_warning_of_the_job_that_is_shown_above_it(
    isoform, follow, run, picture, context
):
    import bpy

    bpy.context.scene.isoform.face_limit = 4
    drawn = []
    for name in ("first.png", "second.png"):
        follow.start(picture(name))
        follow.until(lambda: not run.is_running)
    for index in range(2):
        run.active_job = index
        panel = SimpleNamespace(layout=Layout())
        place = SimpleNamespace(window_manager=bpy.context.window_manager, **vars(context))
        isoform.panel_jobs.ISOFORM_PT_jobs.draw(panel, place)
        drawn.append(panel.layout.sentences("ERROR"))
    assert drawn == [["The mesh has more faces than asked"], []]


def test_a_completion_that_added_nothing_looks_neither_good_nor_doubtful(
    isoform, bowl, follow, run, context
):
    import bpy

    bowl()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.fill_holes()
    bpy.ops.object.mode_set(mode="OBJECT")
    job, layout = follow.complete(), Layout()
    follow.until(lambda: not run.is_running)
    isoform.panel_jobs._draw_ended(context, layout, job)
    assert (run.jobs[-1].look, run.jobs[-1].status) == ("unchanged", "Unchanged")
    assert layout.sentences("ERROR") == []
    *_, why = layout.sentences("INFO")
    assert why == "The mesh is whole already"


def test_more_warnings_than_a_log_has_lines_are_all_drawn(isoform, follow, run, picture, context):
    job, layout = follow.start(picture("stool.png")), Layout()
    follow.until(lambda: not run.is_running)
    warnings = tuple(f"warning {number}" for number in range(isoform.panel_jobs.HINT_LINES + 3))
    job.placed = isoform.job.Placed("stool", "Chair", warnings, ("it is elsewhere",))
    isoform.panel_jobs._draw_ended(context, layout, job)
    assert layout.sentences("ERROR") == [each.capitalize() for each in warnings]
    assert layout.sentences("INFO") == ["It is elsewhere"]
