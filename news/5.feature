Drafts in the lists; tables that are cards on a phone; a running or suspended job hears of *Resume* and *Cancel* within
the poll interval; addresses in the settings must be URLs; machines of the same title can be told apart.
