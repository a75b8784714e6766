"""What the user sees and presses. Talks to the engine only by commands and changes."""
