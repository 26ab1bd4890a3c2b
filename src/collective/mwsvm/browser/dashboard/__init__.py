"""The dashboard: how many jobs and machines there are in which state, why jobs wait, how
much is at work, and what has happened last."""
