"""What the tests share: a server started as a user starts it, and clients that speak to it."""
