The calls of clients in use are tests, and a page tells what each needs. For them: programs as command files of jobs, output
into directories under the name of the job, queries of jobs in the words of version 1, base URLs with a slash at their end,
and the setting ``mws.api.newerVersions``.
