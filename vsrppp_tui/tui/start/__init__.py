"""The start screen: recent runs, and the way to a new one."""
