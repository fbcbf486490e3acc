-- The runs of Belfry on this log, those in which something was appended: what the log had before first, it had when the run
-- began. Starts after which nothing was appended share one row, whose start is that of the last of them.
CREATE TABLE run (
	first INTEGER PRIMARY KEY, -- the seq of its first entry
	id    TEXT NOT NULL UNIQUE,
	start TEXT NOT NULL
) STRICT;

-- Earlier versions had one epoch for all runs. Now meta has that of the present run: a backup has none.
INSERT INTO run SELECT 1, value, '' FROM meta WHERE key = 'epoch';
