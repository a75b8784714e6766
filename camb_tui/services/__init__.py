"""What talks to the world: the network, the disk, the clock. Knows no screen."""
