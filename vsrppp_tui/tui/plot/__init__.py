"""Plots in braille dots, computed: from the points of a curve to rows of styled text."""
