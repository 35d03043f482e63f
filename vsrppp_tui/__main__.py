"""`python -m vsrppp_tui` is the program `vsrppp`."""

from vsrppp_tui.cli import main

main()
