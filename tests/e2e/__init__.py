"""The whole program in a pseudo-terminal, against the simulator over loopback HTTP."""
