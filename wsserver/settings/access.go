package settings

const // handshakesPerSecond from one address, after as many at once as connections are allowed.
HandshakesPerSecond = 20
