package client

import "time"

const // comeBack is when clients may return after a shutdown; each draws its own moment before and after it.
ComeBack = 2 * time.Second
