"""Several teams side by side (``process --rollup``): a small summary of each run, and what all of them tell together."""
