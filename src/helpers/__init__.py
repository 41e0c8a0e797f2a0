"""The helpers behind the notebooks: one floor a package, and imports go down only.

``cli`` > ``build`` > ``display`` > ``analysis`` > ``stats``, ``cohort``, ``results``, ``formats``
> ``study`` > ``errors``.
"""
