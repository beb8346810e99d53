def is_known_header(t): return False
