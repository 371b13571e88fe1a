"""The command line: one file a subcommand. Talks to a node through `client`, as any program would."""
