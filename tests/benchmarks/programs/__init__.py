"""The programs that are measured: the references, and our own app driven by a stand-in for its engine."""
