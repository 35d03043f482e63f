"""Trained networks at work: weights for other programs, and enlarging pictures and videos."""
