Application accounts with a grid of permissions, roles for proxy users from Plone's and LDAP's groups, and hooks in Python.
