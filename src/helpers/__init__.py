"""The helpers behind the notebooks: one floor a package, and imports go down only.

``cli`` > ``sweep`` > ``build`` > ``display`` > ``analysis`` > ``audit`` > ``intake`` > ``cohort`` >
``stats``, ``checks``, ``formats``, ``results`` > ``readers`` > ``study`` > ``errors``; the whole
order is in ``tests/test_architecture.py``, which holds it.
"""
