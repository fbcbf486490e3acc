// Package inbound turns the webhook bodies of other programs into messages that people can read: those of Alertmanager,
// Grafana, Uptime Kuma and GitHub, and a plain JSON object. The adapters are fixed; there is no template language.
//
// Everything here is a pure function: it takes a request's header and body, and fetches, keeps and logs nothing. What comes
// out is plain text, whatever HTML or markdown stood in it, without control characters and bidi controls.
package inbound
