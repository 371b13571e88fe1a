"""`python -m p2pchain` is the command line."""

from p2pchain.cli.main import main

if __name__ == "__main__":
    main()
