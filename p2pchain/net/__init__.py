"""Carries bytes between machines: connections, whoever opened them. Knows nothing of what the bytes mean."""
