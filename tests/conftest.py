"""Imported before every test and thus before torch: `core` says how its threads wait."""

from core.threads import watch

watch()
