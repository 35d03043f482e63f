"""Names of the files in a run directory."""

HISTORY_FILE = "history.jsonl"
