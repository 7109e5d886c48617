"""The stages of the flow, one module each, run by DVC as `python -m pipeline.stages.<name>`."""

import os

from pipeline.process import die_with_parent

if os.environ.get("DVC_STAGE"):  # before the stage's own, slower imports: whoever kills DVC must not leave one behind
    die_with_parent()
