"""The project that is rendered: sources, sections, values, outputs of notebooks."""
