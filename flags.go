package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"belfry/internal/cli"
	"belfry/internal/process"
	"belfry/wsserver"
	"belfry/wsserver/authority"
	"belfry/wsserver/hosts"
	"belfry/wsserver/lan"
	"belfry/wsserver/mdns"
	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
)

// arguments are the values of the flags, from the command line or the environment.
type arguments struct {
	addr, data, token, name, backup string
	cert, key                       string
	headless, version               bool
	tokenInArgs                     bool // the key is on the command line, where others can read it
	clientRate                      float64
	maxPerAddress                   int
	given                           map[string]bool // set by flag or variable
	hosts, proxies                  listFlag
	networks                        []netip.Prefix // of proxies
	cluster                         clusterArguments
}

// listFlag is a flag that may be repeated. On the command line it replaces the value of its variable.
type listFlag []string

func (l *listFlag) String() string { return strings.Join(*l, ",") }

// Set adds one value.
func (l *listFlag) Set(v string) error {
	*l = append(*l, v)
	return nil
}

func flags(o *arguments) *flag.FlagSet {
	f := flag.NewFlagSet("belfry", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.addr, "addr", "", "`ADDR` to listen on (default "+wsserver.DefaultAddr+"; port 0 picks one)")
	f.StringVar(&o.data, "data", "", "`DIR` for the log and settings; \"memory\" keeps nothing (default: a folder of your account)")
	f.BoolVar(&o.headless, "headless", false, "no window: print the URLs, serve until SIGINT, SIGTERM or SIGHUP")
	f.StringVar(&o.token, "operator-token", "", "`TOK`, the key that opens the dashboard in a browser, at least 16 characters (default: made once, kept in DIR)")
	f.Float64Var(&o.clientRate, "client-rate", 5, "`N` messages a second from one client, in bursts of 5 seconds' worth (0: no limit)")
	f.IntVar(&o.maxPerAddress, "max-per-address", 256, "`N` connections from one address (0: no limit)")
	f.StringVar(&o.name, "name", "", "`NAME` of the room on both pages (default: none)")
	f.Var(&o.hosts, "host", "another `NAME` that this server answers to (repeatable)")
	f.Var(&o.proxies, "trusted-proxy", "`CIDR` of a proxy whose X-Forwarded-For or Forwarded header Belfry trusts; \"loopback\" is this computer (repeatable)")
	f.StringVar(&o.cert, "tls-cert", "", "`FILE` with your own certificate (PEM)")
	f.StringVar(&o.key, "tls-key", "", "`FILE` with the key of that certificate (PEM)")
	f.StringVar(&o.backup, "backup", "", "write a copy of DIR's log to `FILE` and exit (-: to the output); replaces only an earlier copy")
	o.cluster.add(f)
	f.BoolVar(&o.version, "version", false, "print the version with its commit and exit")
	return f
}

// usage is the text of -help.
func usage() string {
	var b bytes.Buffer
	b.WriteString("Usage: belfry [flags]\n       belfry VERB [flags]\n\nFlags (each also has a variable: -client-rate is BELFRY_CLIENT_RATE):\n")
	f := flags(&arguments{})
	f.SetOutput(&b)
	f.PrintDefaults()
	b.WriteString("\nVerbs (each has -h):\n" + cli.Verbs())
	return b.String()
}

// parse reads the arguments and the environment; a flag overrides its variable. Errors are sentences for a person, or
// flag.ErrHelp where help was asked for.
func parse(args []string, getenv func(string) string) (*arguments, error) {
	o := &arguments{}
	f := flags(o)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		if o.token != "" { // it may be the rest of a key with a blank in it, which nobody may read
			return nil, errors.New("unexpected argument: Belfry takes only flags, and the -operator-token cannot contain spaces")
		}
		return nil, fmt.Errorf("unexpected argument %q: Belfry takes flags, or a verb before them", f.Arg(0))
	}
	o.given = map[string]bool{}
	var failed error
	f.Visit(func(v *flag.Flag) {
		o.given[v.Name] = true
		if v.Value.String() == "" && !slices.Contains(mayBeEmpty, v.Name) {
			failed = fmt.Errorf("-%s is empty: leave it out, or give a value", v.Name)
		}
	})
	o.tokenInArgs = o.token != ""
	f.VisitAll(func(v *flag.Flag) {
		name := variableName(v.Name)
		if value := getenv(name); value != "" && !o.given[v.Name] {
			o.given[v.Name] = true
			if err := setFromVariable(v, value); err != nil {
				failed = fmt.Errorf("%s=%q: %w", name, value, err)
			}
		}
	})
	if failed != nil {
		return nil, failed
	}
	return o, o.check(getenv)
}

// mayBeEmpty are the flags that may have an empty value. For others an empty value is an unset variable of a script, and what
// would happen is never what was meant: a server instead of a copy, plain http instead of a certificate.
// An empty key counts as none, and a key is made.
var mayBeEmpty = []string{"name", "host", "operator-token"}

func variableName(flag string) string {
	return "BELFRY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func setFromVariable(v *flag.Flag, value string) error {
	if _, repeatable := v.Value.(*listFlag); !repeatable {
		return v.Value.Set(value)
	}
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue // "a,": the empty name would let in whoever names no server
		}
		if err := v.Value.Set(part); err != nil {
			return err
		}
	}
	return nil
}

func (o *arguments) check(getenv func(string) string) error {
	if o.addr != "" {
		if err := checkAddr(o.addr); err != nil {
			return err
		}
	}
	for i, name := range o.hosts {
		read, err := hosts.ParseName(name)
		if err != nil {
			return fmt.Errorf("-host %q %w", name, err)
		}
		o.hosts[i] = read
	}
	for _, p := range o.proxies {
		networks, err := hosts.ParseNetworks(p)
		if err != nil {
			return fmt.Errorf("-trusted-proxy %q is not a network: write it as 10.0.0.0/8, 10.0.0.1 or %s", p, hosts.Loopback)
		}
		o.networks = append(o.networks, networks...)
	}
	switch {
	case o.clientRate < 0 || math.IsNaN(o.clientRate) || math.IsInf(o.clientRate, 0):
		return errors.New("-client-rate must be a number, 0 or more")
	case o.maxPerAddress < 0:
		return errors.New("-max-per-address must be a number, 0 or more")
	case (o.cert == "") != (o.key == ""):
		return errors.New("-tls-cert and -tls-key must be given together")
	}
	dir, err := cli.DataDir(o.data, getenv)
	if err != nil {
		return err
	}
	o.data = dir
	if err := o.cluster.check(o.data, o.given); err != nil {
		return err
	}
	if addr := cmp.Or(o.addr, wsserver.DefaultAddr); !o.cluster.witness && sharesPort(addr, o.cluster.listen) {
		return fmt.Errorf("-addr %s is for people and -cluster-listen %s for the other machines: give them different ports", addr, o.cluster.listen)
	}
	return o.checkWords()
}

// checkWords checks the key and the room's name. No error holds the key.
func (o *arguments) checkWords() error {
	if o.token != "" {
		if err := wsserver.CheckKey(o.token); err != nil {
			return fmt.Errorf("-operator-token (or BELFRY_OPERATOR_TOKEN): %w", err)
		}
	}
	name, err := wsserver.CleanName(o.name)
	if err != nil {
		return fmt.Errorf("-name cannot be used: %w", err)
	}
	o.name = name
	return nil
}

func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("-addr %q is not an address: write it as :8000 or 192.168.1.24:8000", addr)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("-addr %q: a port must be a number from 0 to 65535", addr)
	}
	return nil
}

// keyAt says where the operator's key is if it must not be printed: a journal keeps what it is told, and others can read it.
// It is "" if the key must be printed, or is nowhere else.
func (o *arguments) keyAt(journal bool) string {
	switch {
	case !journal:
		return ""
	case o.token != "":
		return "the one of -operator-token, or of BELFRY_OPERATOR_TOKEN"
	case o.dir() == "":
		return "" // it ends with the program
	}
	return "in " + filepath.Join(o.dir(), "operator-token")
}

// dir is the data folder, "" if nothing is kept.
func (o *arguments) dir() string {
	if o.data == cli.Memory {
		return ""
	}
	return o.data
}

func (o *arguments) config(pages fs.FS, logger *slog.Logger, window bool) wsserver.Config {
	c := wsserver.Config{
		Addr: o.addr, Dir: o.dir(), Token: o.token, Name: o.name, ClientRate: o.clientRate,
		MaxPerAddress: o.maxPerAddress, Hosts: o.hosts, TLSCert: o.cert, TLSKey: o.key,
		Pages: pages, Version: version, Build: process.Build(), Logger: logger, Window: window,
	}
	for flag, setting := range map[string]string{"client-rate": "client_rate", "max-per-address": "max_per_address"} {
		if !o.given[flag] {
			c.Changeable = append(c.Changeable, setting)
		}
	}
	if c.Dir != "" {
		c.OpenLog = func(dir string) (msglog.Log, error) { return sqlite.Open(dir) }
	}
	c.Names = mdns.Network{}
	c.OpenAuthority = func(dir string, hosts []string) (lan.Authority, error) { return authority.Open(dir, hosts) }
	c.TrustedProxies = o.networks
	return c
}
