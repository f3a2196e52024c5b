"""Block E of holdfast, written a second time: from the specification, in plain Python."""
