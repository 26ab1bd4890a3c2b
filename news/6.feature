The MWS REST API below ``mws/rest`` (also at the root of the host): diag, events, images, permissions, principals, reports
with samples and datapoints, roles and service-templates, with MongoDB's query language on SQLite and PostgreSQL.
