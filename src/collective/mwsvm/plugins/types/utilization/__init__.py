"""The types NodeUtilizationReport and VMUtilizationReport: samples for reports."""
