"""What others call to tell us something: first proven, then kept, and only then answered with 200."""
