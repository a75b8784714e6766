"""A loopback stand-in for the CAMB.AI API, for the demo and the tests."""

from camb_tui.simulator.app import SimulatorApp, make_app
from camb_tui.simulator.options import SimulatorOptions
from camb_tui.simulator.server import SimulatorServer, serve
from camb_tui.simulator.world import Upload, World

__all__ = ["SimulatorApp", "SimulatorOptions", "SimulatorServer", "Upload", "World", "make_app", "serve"]
