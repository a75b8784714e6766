"""All tests, by floor."""
