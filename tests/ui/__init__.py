"""Tests of the ui floor."""
