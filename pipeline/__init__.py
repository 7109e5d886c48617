"""The open churn pipeline: who is about to leave, why, what each is worth, what to do, and whether it worked."""

import os

# Idle OpenMP threads that spin make every fit many times slower wherever something else wants the cores (two runs, a queue, a
# shared machine); waiting passively costs nothing measurable alone. OpenMP reads this once, when it is first loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
