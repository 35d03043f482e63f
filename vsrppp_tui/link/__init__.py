"""How a screen talks to a run. A screen imports from here and never from the engine."""
