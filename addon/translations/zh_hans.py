"""Simplified Chinese: all parts of it."""

from .zh_hans_batch import BATCH
from .zh_hans_engine import ENGINE
from .zh_hans_labels import LABELS
from .zh_hans_sentences import SENTENCES
from .zh_hans_tooltips import TOOLTIPS

WORDS = {**LABELS, **TOOLTIPS, **SENTENCES, **ENGINE, **BATCH}
