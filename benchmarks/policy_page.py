STATIC, LEARNED, TESTED, ORACLE = "static", "learned", "tested", "oracle"
def page(found): return ""
