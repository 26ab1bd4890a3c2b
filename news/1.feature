Virtual machines and jobs as content: an editor describes a machine and a job, starts the machine through the EC2 API,
and watches the job run, with its log, its attempts and the reason for every change of state.
