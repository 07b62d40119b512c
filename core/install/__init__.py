"""The engine's own Python environment: made, checked, found and removed by a process of its own.

    request ~> installer: locks, downloading | bundles -> wheels -> probe -> runtimes ~> event

Standard library only. Blender loads `machine`, `locks`, `messages` and `runtimes`; the rest runs
in the installer's process, and `probe` in the Python that it asks about.
"""
