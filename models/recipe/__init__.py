"""From annotated text to a small, fast news model: corpus, train, evaluate, package.

One thread, set here before any script of the recipe imports NumPy: runs are to be repeatable,
and speeds are told for one core.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
    os.environ[_name] = "1"
