"""x"""


def page(found: object) -> str:
    """y"""
    return ""
