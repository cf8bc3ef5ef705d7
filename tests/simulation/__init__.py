"""A simulator of workers, fence and database in one process: each seed is one schedule of what may go wrong.

The fence, the line, a worker's partitions and the shell's handling of a batch are the real ones. Time, threads, the
database, the log and the consumer group are made up, and only the seed says what happens next.
"""
