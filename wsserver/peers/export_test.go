package peers

// Hear is hear, for tests in which not everything is heard.
func (p *Peers) Hear(from string, data []byte) []byte { return p.hear(from, data) }
