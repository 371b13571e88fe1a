"""What is said: frames, messages and their legal order. Pure: bytes in, messages out, and back."""
