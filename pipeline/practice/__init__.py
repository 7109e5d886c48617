"""Practice on the simulated company: a delivery played from list to effect, and what was read beside the truth."""
