"""What is true: transactions, blocks, the rules that make them valid, and the choice between chains. Pure."""
