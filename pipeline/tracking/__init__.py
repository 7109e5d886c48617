"""MLflow, the only room that talks to it: what is logged, where it is kept, and how it comes to a server."""

from pipeline.tracking.evaluation import log_run
from pipeline.tracking.registered import move_alias, register

__all__ = ["log_run", "move_alias", "register"]
