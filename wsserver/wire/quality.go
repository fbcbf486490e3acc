package wire

import (
	"strconv"
	"strings"
)

// Quality is how much a client wants one of the values of Accept or Accept-Encoding (RFC 9110, 12.4.2), from 0, which
// refuses it, to 1. listed is false if the header does not name that value itself, whatever it says by "*". A weight
// that cannot be read refuses, and of several the least counts.
func Quality(header []string, value string) (q float64, listed bool) {
	for _, line := range header {
		for part := range strings.SplitSeq(line, ",") {
			name, parameters, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(name), value) {
				least := weight(parameters)
				if listed {
					least = min(least, q)
				}
				q, listed = least, true
			}
		}
	}
	return q, listed
}

// weight is the parameter q among others, 1 where there is none.
func weight(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, number, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return q
	}
	return 1
}
