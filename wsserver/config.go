package wsserver

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"belfry/wsserver/auth"
	"belfry/wsserver/hosts"
	"belfry/wsserver/lan"
	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/peers"
)

// DefaultAddr is where a server listens where neither Config nor settings say otherwise.
const DefaultAddr = ":8000"

// Config configures a Server. The zero value of a field means what its comment says.
type Config struct {
	// Addr is the address to listen on; "" means the one in the settings, or DefaultAddr.
	Addr string
	// Dir is the data folder; "": everything is kept in memory.
	Dir string
	// OpenLog opens the log in Dir; nil: one in memory.
	OpenLog func(dir string) (msglog.Log, error)
	// Token is the operator's key; "": the one in Dir, made at the first start.
	Token string
	// Name of the room; "": what settings say.
	Name string
	// ClientRate is messages a second from one client, in bursts of 5 seconds' worth; 0: no limit of any rate.
	ClientRate float64
	// MaxPerAddress is connections from one address; 0: no limit per address at all.
	MaxPerAddress int
	// Changeable names those of the two, "client_rate" and "max_per_address", that are only defaults: the operator's
	// settings override them. The others override settings.
	Changeable []string
	// Window: the program has one, so that dashboards on other machines are off by default.
	Window bool
	// Hosts are further names of this server, as hosts.ParseName reads them; others are passed over.
	Hosts []string
	// TrustedProxies are believed in X-Forwarded-For and Forwarded.
	TrustedProxies []netip.Prefix
	// TLSCert and TLSKey are files of a certificate and its key; "": plain http.
	TLSCert, TLSKey string
	// OpenAuthority opens the certificate authority in dir ("": in memory) for the secure port. A new one may issue
	// certificates for hosts, beside private addresses and names under .local. Nil: there is none.
	OpenAuthority func(dir string, hosts []string) (lan.Authority, error)
	// Names announces a name on the network; nil: none is announced.
	Names lan.NameService
	// Cluster connects this server with the other machines of its room; nil: there is one machine. Where it is an Opener it opens
	// the log in place of OpenLog.
	Cluster peers.Engine
	// PublicURL is the address at which people on other machines' pages reach this one, as "http://192.168.1.24:8000/"; "": the
	// address that is shown. It is used with Cluster alone.
	PublicURL string
	// Pages holds index.html (the dashboard), client.html, trust.html and their files; nil: they are not built.
	Pages fs.FS
	// Version of the program, and what it was built from: a commit and its day, "" if not known.
	Version, Build string
	// Logger; nil: slog.Default().
	Logger *slog.Logger
	// Listener is used instead of Addr, by tests.
	Listener net.Listener
	network  network
}

// Opener opens a log that may have to wait for other machines.
type Opener interface {
	// OpenLog opens the log in dir. It blocks until the log has all that the others have, or until ctx ends.
	OpenLog(ctx context.Context, dir string) (msglog.Log, error)
}

// network is this machine's, with its clock; tests have one of their own.
type network struct {
	clock      func() time.Time // the machine's; nil: time.Now
	interfaces func() []lan.NetAddr
	dial       lan.Dialer // connects for the address test
	// callHook connects to webhooks, whatever their address; nil: as webhook.Options.Dial says.
	callHook func(ctx context.Context, network, address string) (net.Conn, error)
}

// CheckKey returns why a key cannot be the operator's, as a sentence that does not hold it; nil if it can.
func CheckKey(key string) error { return auth.CheckKey(key) }

// CleanName returns the room's name as it is shown, or an error that is a sentence.
func CleanName(name string) (string, error) { return names.Label(name) }

// withDefaults fills the fields that must not be nil.
func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.network.dial == nil {
		c.network.dial = new(net.Dialer).DialContext
	}
	if c.network.interfaces == nil {
		c.network.interfaces = lan.InterfaceAddrs
	}
	c.Hosts = hosts.Names(c.Hosts)
	return c
}

// dataName is the place of the log, as the operator reads it.
func (c *Config) dataName() string {
	if c.Dir == "" {
		return "memory"
	}
	return c.Dir
}
