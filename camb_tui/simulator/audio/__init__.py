"""The simulator's voice: audio made by code alone, in the formats the service offers."""

from camb_tui.simulator.audio.formats import FORMATS, AudioFormat, find_format
from camb_tui.simulator.audio.syllables import SLOT_SECONDS, slots_of

__all__ = ["FORMATS", "SLOT_SECONDS", "AudioFormat", "find_format", "slots_of"]
