"""The parts that the object of a job is made of (guide 4.8)."""
