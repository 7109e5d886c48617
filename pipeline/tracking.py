"""MLflow at the edge."""
def log_run(*args): pass
