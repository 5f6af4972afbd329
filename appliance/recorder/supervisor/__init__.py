"""The recorder's supervisor: one loop over all cameras, their keys, files and reports to the keeper."""
