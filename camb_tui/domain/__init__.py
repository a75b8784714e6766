"""What things are: values and pure functions, no clock, no network, no screen."""
