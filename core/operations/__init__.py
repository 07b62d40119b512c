"""The arrow as functions: what a script, a notebook, the worker and the command line use.

The only folder that knows all stages. This file imports nothing: Blender loads it with `settings`.
"""
