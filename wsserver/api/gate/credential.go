package gate

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"belfry/wsserver/wire"
)

// maxCredential bounds what is looked at: a token has 32 characters, and is at most in a header that is in base64 twice.
const maxCredential = 1024

// credential is the token that a request shows, "" where it shows none. Cookies do not count: a browser sends
// them from any page. inURL: it is in the request's URL. The first of these is taken: the header Authorization (Bearer, or
// Basic's password with any user name), X-Gotify-Key, ?token= as Gotify's clients have it, and ?auth= as ntfy's have it.
// Errors: too_large.
func credential(r *http.Request) (token string, inURL bool, err error) {
	header := headerToken(r.Header)
	query := queryToken(r.URL.Query())
	if gotify := r.Header.Get("X-Gotify-Key"); header == "" {
		header = strings.TrimSpace(gotify)
	}
	if len(header) > maxCredential || len(query) > maxCredential {
		return "", false, wire.ErrTooLarge.WithMessage("That is too long for an access token.")
	}
	if header != "" {
		return header, false, nil
	}
	return query, query != "", nil
}

// headerToken is the token of a header Authorization.
func headerToken(h http.Header) string {
	for _, value := range h.Values("Authorization") {
		if t := ofAuthorization(value); t != "" {
			return t
		}
	}
	return ""
}

// ofAuthorization is the token of one value of Authorization.
func ofAuthorization(value string) string {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(scheme) {
	case "bearer":
		return rest
	case "basic":
		b, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return ""
		}
		_, password, _ := strings.Cut(string(b), ":")
		return password
	}
	return ""
}

// queryToken is the token in a URL.
func queryToken(q url.Values) string {
	if t := q.Get("token"); t != "" {
		return t
	}
	for _, name := range []string{"auth", "authorization"} {
		b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(q.Get(name), "="))
		if err != nil {
			continue
		}
		if t := ofAuthorization(string(b)); t != "" {
			return t
		}
	}
	return ""
}

// isBearer reports whether a token is in a header Authorization as a Bearer, and not only in another place of the request.
func isBearer(r *http.Request, token string) bool {
	return slices.ContainsFunc(r.Header.Values("Authorization"), func(value string) bool {
		scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		return strings.EqualFold(scheme, "Bearer") && ofAuthorization(value) == token
	})
}
