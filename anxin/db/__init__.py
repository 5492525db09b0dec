"""The store's kernel: connections, migrations, and the loader of `queries.sql` files."""
