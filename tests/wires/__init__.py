"""Real wire files, read and held against what is known about them: ``python -m tests.wires``.

The files are not part of the project (their texts are the agencies'): they lie beside a checkout,
in ``../shared/wires``, where its developers have them. Whoever has not sees that these checks were
skipped.
"""
