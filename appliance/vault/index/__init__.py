"""The catalogue of all buckets and the index that follows it: where a camera's minutes lie, and which are missing."""
