"""The program killed at random moments, and what must hold all the same: see `python -m tests.crash --help`."""
