"""The pages and the programming interface: console, wall, relatives, equipment, JSON. Reads the store, acts on alerts."""
