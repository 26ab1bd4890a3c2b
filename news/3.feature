The command ``mwsvm``: ``serve``, ``worker``, ``agent``, ``cloud`` (a local EC2 that runs its machines as processes) and
``demo``.
