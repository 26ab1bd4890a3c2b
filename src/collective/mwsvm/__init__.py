"""A Plone site as the control plane of virtual machines and batch jobs."""

from zope.i18nmessageid import MessageFactory


_ = MessageFactory("collective.mwsvm")
