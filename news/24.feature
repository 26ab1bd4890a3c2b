Jobs are submitted many at once: an array of 1,000 costs hardly more than a page. Machines that alone may take a job are known to the hand-out.
