package identity

// tokenOf is the hash of a claimed user_id's token, nil where nobody has claimed it.
func (p *Persons) TokenOf(userID string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.by[userID].Token
}
