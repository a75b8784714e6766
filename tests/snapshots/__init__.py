"""Pictures of the screen, held against the ones kept."""
