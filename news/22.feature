Jobs on nodes that are suspended, resumed or put back: their plug-ins are told, and what these refuse is said in the job's
messages. The event ``jobStart`` has properties of the job. Reservations for a single use end with their job; exclusive
ones keep off the nodes of jobs that run. What is gone leaves its virtual containers. A scheduler that has nothing to do
rests, however many jobs wait.
