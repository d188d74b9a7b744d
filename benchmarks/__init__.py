"""Runnable measurements: ``python -m benchmarks.training_step``. They print tables and judge nothing by the clock."""

import os

# One thread for every library, so that the ratios compare code and not thread pools; matrices of this size gain nothing
# from more. BLAS reads these when NumPy is first imported, which is after this file.
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
for _name in THREAD_VARIABLES:
    os.environ[_name] = "1"
