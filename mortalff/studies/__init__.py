"""Studies: from a YAML file to a tidy table of everything that was measured."""
