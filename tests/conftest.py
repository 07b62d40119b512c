"""Imported before every test and thus before torch: `core` says how its threads wait."""

import core  # noqa: F401
