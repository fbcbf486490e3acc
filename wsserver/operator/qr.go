package operator

import (
	"belfry/wsserver/lan"
	"belfry/wsserver/wire"
)

// qrMost is how many codes are drawn at once, qrBytes how long the text of one may be.
const (
	QrMost  = 100
	QrBytes = 512
)

// QRCodes draws texts as QR codes, for cards to print. Errors: too_large.
func (s *Operator) QRCodes(texts []string) ([]lan.QR, error) {
	if len(texts) > QrMost {
		return nil, wire.ErrTooLarge.WithMessage("At most 100 QR codes are drawn at once.")
	}
	codes := make([]lan.QR, len(texts))
	for i, text := range texts {
		if len(text) > QrBytes {
			return nil, wire.ErrTooLarge.WithMessage("A QR code holds at most 512 bytes.")
		}
		codes[i] = lan.NewQR(text)
	}
	return codes, nil
}
