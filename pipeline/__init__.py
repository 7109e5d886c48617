"""The open churn pipeline: who is about to leave, why, what each is worth, what to do, and whether it worked."""
