"""What all tests share."""

from hypothesis import settings

# How long one example takes says something about the machine, not about the code; and the same
# commit has the same examples each time. `pytest --hypothesis-profile=search` looks for others.
settings.register_profile("search", deadline=None)
settings.register_profile("same_each_time", deadline=None, derandomize=True)
settings.load_profile("same_each_time")
