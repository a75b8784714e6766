"""Figures: run by hand, never asserted on."""
