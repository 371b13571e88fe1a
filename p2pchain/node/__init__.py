"""What a node does: a pure state machine. Events go in with the time, actions come out."""
