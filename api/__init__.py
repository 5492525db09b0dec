"""The pages and the programming interface: console, wall, relatives, equipment, JSON."""
