"""Run by test_real_window in a Blender with a window, where the zip is installed and enabled.

    window_script.py PICTURE PYTHON FOLDER

Does what an artist does, from a timer, one step after the other: opens the tab, has a picture
reconstructed and a half completed by their buttons' operators, undoes and redoes. Writes what
it found and what the screen showed into FOLDER, and quits.
"""

import json
import shutil
import subprocess
import sys
import time
import traceback
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import facts
import inventory

PACKAGE = "bl_ext.user_default.isoform"

BEAT_S = 0.05
"""Between two calls of the timer, which stands for an artist who goes on working."""

LIMIT_S = 120.0
"""Of one wait; a job takes seconds, on a busy machine a minute."""


class Story:
    """The steps; each yields until Blender has come so far.

    Args:
        picture: That is reconstructed.
        python: The worker's.
        folder: For screenshots and `told.json`.
    """

    def __init__(self, picture, python, folder):
        self.picture, self.python, self.folder = picture, python, Path(folder)
        self.beats = []
        self.drawn = {}
        self.told = {"version": bpy.app.version_string, "drawn": self.drawn}
        self.steps = self.tell()

    def beat(self):
        """The timer: one step on; quits at the end."""
        self.beats.append(time.monotonic())
        try:
            next(self.steps)
        except StopIteration:
            return self.quit()
        except Exception:
            self.told["error"] = traceback.format_exc()
            return self.quit()
        return BEAT_S

    def tell(self):
        """All steps in their order."""
        yield from self.until(lambda: len(self.beats) > 5)
        yield from self.disabled("before")
        self.count_all_drawing()
        yield from self.choose_python()
        yield from self.open_tab()
        yield from self.screenshot("panel")
        yield from self.reconstruct()
        yield from self.screenshot("reconstructed")
        yield from self.undo_and_redo("reconstructed")
        yield from self.complete()
        yield from self.screenshot("completed")
        yield from self.undo_and_redo("completed")
        yield from self.disabled("after")
        yield from self.begin_a_job()
        self.told["processes"] = [each.pid for each in inventory.PROCESSES]

    def disabled(self, name):
        """Lists what is there while the extension is disabled, and enables it again."""
        with self.window():
            bpy.ops.preferences.addon_disable(module=PACKAGE)
        yield
        self.told[name] = inventory.inventory(PACKAGE)
        with self.window():
            bpy.ops.preferences.addon_enable(module=PACKAGE)
        yield

    def begin_a_job(self):
        """One in the middle of which Blender is closed."""
        bpy.context.preferences.addons[PACKAGE].preferences.python_path = self.python
        with self.window():
            bpy.ops.isoform.reconstruct("INVOKE_DEFAULT")
        yield from self.until(lambda: bpy.context.window_manager.isoform.is_running)

    def choose_python(self):
        """In the preferences, where it is tried out first."""
        with self.window():
            bpy.ops.preferences.addon_show(module=PACKAGE)
        yield from self.until(lambda: "ISOFORM_AP_preferences" in self.drawn)
        with self.window():
            self.told["chosen"] = str(bpy.ops.isoform.use_existing_python(filepath=self.python))
        own = bpy.context.preferences.addons[PACKAGE].preferences
        started = time.monotonic()
        yield from self.until(lambda: own.python_path == self.python)
        self.told["chosen_s"] = time.monotonic() - started
        yield from self.screenshot("preferences")
        self.told["windows"] = len(bpy.context.window_manager.windows)
        with bpy.context.temp_override(window=bpy.context.window_manager.windows[-1]):
            bpy.ops.wm.window_close()
        yield

    def open_tab(self):
        """The sidebar with the tab, as wide as it is after installing."""
        bpy.data.objects.remove(bpy.data.objects["Cube"])
        self.area.spaces.active.show_region_ui = True
        bpy.context.scene.isoform.picture = bpy.data.images.load(self.picture)
        yield from self.until(self.choose_tab)
        yield from self.until(lambda: "ISOFORM_PT_reconstruct" in self.drawn)

    def choose_tab(self):
        """Whether the tab is there, and shown now; it is once the sidebar has been drawn."""
        try:
            self.sidebar.active_panel_category = "Isoform"
        except (AttributeError, TypeError):
            return False
        return True

    def count_all_drawing(self):
        """Of every panel, and of the page in the preferences."""
        own = type(bpy.context.preferences.addons[PACKAGE].preferences)
        panels = (each for each in dir(bpy.types) if each.startswith("ISOFORM_PT_"))
        for each in (own, *(getattr(bpy.types, name) for name in panels)):
            self.count_drawing(each)

    def count_drawing(self, panel):
        """Has every drawing of the panel counted."""
        draw = panel.draw

        def counted(itself, context):
            draw(itself, context)
            self.drawn[panel.__name__] = self.drawn.get(panel.__name__, 0) + 1

        panel.draw = counted

    def reconstruct(self):
        """From the button, at the size of the panel."""
        bpy.context.scene.isoform.size_m = 2.0
        yield from self.job("reconstructed", bpy.ops.isoform.reconstruct)

    def complete(self):
        """A half of the result, from the button."""
        facts.cut_in_half(bpy.context.active_object)
        bpy.context.scene.isoform.completion.resolution = 64
        with self.window():
            bpy.ops.ed.undo_push(message="Cut")
        yield from self.job("completed", bpy.ops.isoform.complete)

    def job(self, name, operator):
        """Starts a job as its button does, and waits for the result while Blender beats on."""
        before = set(bpy.data.objects.keys())
        inventory.TICKS.clear()
        draws, first = sum(self.drawn.values()), len(self.beats)
        with self.window():
            started = time.perf_counter()
            said = operator("INVOKE_DEFAULT")
            press_s = time.perf_counter() - started
        yield from self.until(lambda: bpy.context.window_manager.isoform.is_running)
        yield from self.until(lambda: bpy.context.window_manager.isoform.fraction > 0)
        yield from self.screenshot(f"{name}_running")
        yield from self.until(lambda: not bpy.context.window_manager.isoform.is_running)
        beats = self.beats[first:]
        gaps = [later - earlier for earlier, later in pairwise(beats)]
        ticks = [(s, placed) for owner, s, placed in inventory.TICKS if PACKAGE in owner]
        self.told[name] = {
            **facts.of(bpy.context.active_object),
            "said": str(said),
            "status": bpy.context.window_manager.isoform.status,
            "new": sorted(set(bpy.data.objects.keys()) - before),
            "press_s": press_s,
            "seconds": beats[-1] - beats[0],
            "beats": len(beats),
            "longest_gap_s": max(gaps),
            "draws": sum(self.drawn.values()) - draws,
            "tick_ms": [1000 * s for s, placed in ticks if not placed],
            "placing_ms": [1000 * s for s, placed in ticks if placed],
        }

    def undo_and_redo(self, name):
        """One step back and forth again."""
        with self.window():
            bpy.ops.ed.undo()
        self.told[name]["after undo"] = sorted(bpy.data.objects.keys())
        yield
        with self.window():
            bpy.ops.ed.redo()
        self.told[name]["after redo"] = sorted(bpy.data.objects.keys())
        yield

    def screenshot(self, name):
        """What the screen shows, as PNG, or as XWD where Blender reads black (software OpenGL)."""
        for _beat in range(3):
            self.area.tag_redraw()
            yield
        path = self.folder / f"{name}.png"
        with self.window():
            bpy.ops.screen.screenshot(filepath=str(path))
        image = bpy.data.images.load(str(path))
        is_black = not any(image.pixels[: 4 * 16 * image.size[0] : 4])
        bpy.data.images.remove(image)
        if is_black and (tool := shutil.which("xwd")):
            path.unlink()
            subprocess.run([tool, "-root", "-silent", "-out", path.with_suffix(".xwd")], check=True)

    def until(self, condition):
        """Yields until the condition holds."""
        end = time.monotonic() + LIMIT_S
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"not within {LIMIT_S:.0f} s; {self.told}")
            yield

    def window(self):
        """The context that a press of a button has, and a timer has not."""
        window = bpy.context.window_manager.windows[0]
        return bpy.context.temp_override(
            window=window, screen=window.screen, area=self.area, region=self.sidebar
        )

    @property
    def area(self):
        """The 3D View."""
        screen = bpy.context.window_manager.windows[0].screen
        return next(each for each in screen.areas if each.type == "VIEW_3D")

    @property
    def sidebar(self):
        """Its sidebar."""
        return next(each for each in self.area.regions if each.type == "UI")

    def quit(self):
        """Writes what was found and closes Blender, in the middle of a job."""
        (self.folder / "told.json").write_text(json.dumps(self.told))
        with self.window():
            bpy.ops.wm.quit_blender()


if __name__ == "__main__":
    bpy.context.preferences.view.show_splash = False
    story = Story(*sys.argv[sys.argv.index("--") + 1 :])
    bpy.app.timers.register(story.beat, first_interval=0.5)
