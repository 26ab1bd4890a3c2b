"""The pages of plug-in types and plug-ins (guide 6.4, 6.5)."""
