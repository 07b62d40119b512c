"""Writes down what a Python process does that could reach a network or a file it should not.

As a script it stands in for a worker's interpreter: `audited.py LOG -I SCRIPT ARGUMENT...`.
"""

import json
import os
import runpy
import sys

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC

CHANGING = {
    **{"os.mkdir": (0, 2), "os.remove": (0, 1), "os.rmdir": (0, 1), "os.truncate": (0, None)},
    **{"os.rename": (1, 3), "os.link": (1, 3), "os.symlink": (1, 2)},
}
"""Events that change the file system: which argument is the path, and which its folder's handle."""


def watch(log):
    """From now on, events are lines of JSON in the file `log`: their name and what they touch."""
    told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def tell(event, *what):
        os.write(told, (json.dumps([event, *what], default=repr) + "\n").encode())

    def hook(event, arguments):
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(path, str | bytes) and flags & WRITING:
                tell("write", os.path.abspath(os.fsdecode(path)))
        elif event in CHANGING:
            path, handle = CHANGING[event]
            if not isinstance(arguments[path], int):
                folder = "" if handle is None or arguments[handle] < 0 else arguments[handle]
                tell("write", place(os.fsdecode(arguments[path]), folder))
        elif event.startswith(("socket.", "pickle.", "urllib.", "http.", "ftplib.", "smtplib.")):
            tell(event, *map(repr, arguments))
        elif event in ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"):
            tell(event, *map(repr, arguments[:2]))

    sys.addaudithook(hook)


def place(path, folder):
    """The whole path of a file, which may be told by a handle of its folder (Linux) and a name."""
    if folder != "":
        path = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)
    return os.path.abspath(path)


if __name__ == "__main__":
    log, _isolated, script, *arguments = sys.argv[1:]
    sys.argv = [script, *arguments]
    watch(log)
    runpy.run_path(script, run_name="__main__")
