"""Scripted evaluations of an agent: scenarios, what happened in them, and what was expected."""
