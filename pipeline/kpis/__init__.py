"""Retention figures: declared, computed on the engine from the clean tables, each with its definition beside it."""
