"""Where the command begins: it can be stopped before anything large is imported."""

from __future__ import annotations

from .processes import obey_signals


def main() -> None:
    """Run the command line."""
    obey_signals()
    from .cli.main import main as run

    run()


if __name__ == "__main__":
    main()
