"""Formula sheets: a list of requests in, every formula derived and certified, Markdown, LaTeX, HTML or PDF out.

    TOML -> spec -> jobs -> formulas (cached, in processes) -> a built sheet -> one of four writers
"""
