-- Receipts are kept as deltas too, which earlier versions do not read: they must not open the file.
SELECT 1;
