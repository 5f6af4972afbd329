"""Giving an agency its copy on a medium (八(五)3(3), D-08): made, read back, and what is known of it."""
