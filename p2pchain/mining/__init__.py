"""The search for a nonce: the one thing that a node does for its own sake, on a thread of its own."""
