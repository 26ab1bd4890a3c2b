"""The versions of MWS that this release is compatible with."""

#: Of Moab Web Services, and of its plug-in framework.
MWS = "7.2.6"
COMMONS = "0.9.4"
