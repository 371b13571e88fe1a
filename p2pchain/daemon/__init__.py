"""Wiring: the driver that turns a node's actions into effects, and the process around it. No rule of its own."""
