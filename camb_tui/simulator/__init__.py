"""A loopback stand-in for the CAMB.AI API, for the demo and the tests."""
