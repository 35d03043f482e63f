"""The commands behind `vsrppp`, one a file; each imports what is heavy only when it runs."""
