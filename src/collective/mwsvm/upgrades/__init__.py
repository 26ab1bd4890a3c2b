"""What brings a site with an older profile up to date, one module for each version."""
