package client

import (
	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
)

// setRates gives a client its rates, also other ones while it is connected.
func (c *Client) setRates(limits *settings.Effective) {
	c.messageRate.Store(transport.PerSecond(limits.ClientRate, BurstSeconds))
	if limits.ClientRate == 0 {
		c.LimitReads(nil, nil)
		return
	}
	c.LimitReads(
		transport.PerSecond(float64(limits.FramesPerSecond), settings.FramesBurst/settings.FramesPerSecond),
		transport.PerSecond(float64(limits.BytesPerSecond), settings.BytesBurst/settings.BytesPerSecond))
}

// repace gives every client the rates of other settings.
func (s *Service) SetRates() {
	for _, c := range s.Hub.AllClients() {
		c.Handler().(*Client).setRates(s.Limits())
	}
}
