"""What is kept out: detectors, the policy, private topics, and the log of what was decided."""
