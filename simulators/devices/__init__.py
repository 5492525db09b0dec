"""Truth → raw vendor payloads. Each module speaks one family of gateways; `simulators.stream` merges them."""
