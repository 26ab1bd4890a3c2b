The fields `prologScript`, `epilogScript` and `resourceFailPolicy` of jobs act on machines: scripts run before and after a
job, and a job says what becomes of it when its machine is silent or gone.
