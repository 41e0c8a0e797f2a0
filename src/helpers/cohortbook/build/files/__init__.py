"""Files that a build writes: all of them, or none."""
