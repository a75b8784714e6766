"""Tests of the simulator floor."""
