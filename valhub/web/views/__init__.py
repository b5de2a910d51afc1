"""The pages' views, one file for each noun: read through selectors, fill a template."""
