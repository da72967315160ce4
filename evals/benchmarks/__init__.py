"""Published benchmarks, over data that the user has."""
