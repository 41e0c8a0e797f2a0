"""What `pyproject.toml` cannot say of the wheel: one file of the project goes into the package.

`sources` there maps folders, not a file, and `force-include` would put a copy beside an editable
install too.
"""

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface):
    def initialize(self, version, build_data):
        """Add the settings of the renderer to a wheel that is no editable one."""
        if version == "standard":
            build_data["force_include"]["_quarto.yml"] = "cohortbook/project/_quarto.yml"
