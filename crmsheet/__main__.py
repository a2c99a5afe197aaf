"""``python -m crmsheet`` is ``crmsheet``."""

from crmsheet.cli import main

if __name__ == "__main__":
    main()
