"""Faults on the real servers: what breaks, and what must hold nevertheless (`make test-faults`)."""
