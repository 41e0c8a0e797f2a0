"""A page in the browser to confirm what `new` took for what: on this machine, nothing from outside.

It asks the questions that the terminal asks and changes the same answers; a study is drafted and
written by `intake` alone.
"""
