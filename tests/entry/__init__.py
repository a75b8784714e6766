"""Tests of the entry floor: commands, options, exit codes."""
