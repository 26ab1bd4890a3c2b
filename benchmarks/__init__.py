"""What the hand-out of jobs costs, as ratios within one run. Run by ``make bench``."""
