"""Reports: samples of numbers, consolidated into one datapoint per stretch of time.

Plain Python: ``consolidation`` has no memory and no clock.
"""
