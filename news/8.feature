A home page at ``mws`` with sample queries and the version, a page at ``mws/docs`` that describes every resource and
operation, and metrics for Prometheus at ``mws/rest/metrics``.
