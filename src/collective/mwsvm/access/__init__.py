"""Who may do what: users, their groups and units, and the rights these give."""
