"""The type Native: nodes, machines and jobs in Wiki text, from files, scripts and URLs."""
