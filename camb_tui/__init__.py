"""camb-tui: submit, watch and retrieve CAMB.AI tasks from a terminal."""

__version__ = "0.1.0"
