"""What a person wants to see of a file: figures of particles, maps, stacks and tables."""
