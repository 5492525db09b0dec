"""Anxin 安心: the shared kernel. Everyone imports it; it imports no component."""

__version__ = "0.1.0"
