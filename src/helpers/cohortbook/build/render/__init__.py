"""Documents from a project: both renderers, and what must hold before and after."""
