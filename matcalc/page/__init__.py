"""The page and its server: what `matcalc serve` shows, and the calls that it answers.

`calls` is the table of what can be asked, and `desk` answers it in a worker; `lanes` has the workers, for what is quick and for what is
slow; `app` is the server around them, `guarding` what it lets in, `site` the page itself.
"""
