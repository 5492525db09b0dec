"""The mappings that come with Anxin, one TOML file for each kind of gateway."""
