package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"belfry/internal/cli"
	"belfry/wsserver/cluster"
	"belfry/wsserver/wire"
)

// clusterArguments are the flags of a machine that is one of several.
type clusterArguments struct {
	peers                                listFlag
	listen, name, keyFile, node, address string
	witness                              bool
	external                             string // of peers
	key                                  cluster.Key
}

// clusterWord is what names of machines and of clusters may be: they are part of subjects and of files.
var clusterWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$`)

func (c *clusterArguments) add(f *flag.FlagSet) {
	f.Var(&c.peers, "cluster", "`HOST:PORT` of each other machine of the same room (repeatable, or with commas), or nats://HOST:PORT of your own NATS")
	f.StringVar(&c.listen, "cluster-listen", "", "`HOST:PORT` at which the other machines reach this one")
	f.StringVar(&c.name, "cluster-name", "belfry", "`NAME` of the cluster, the same on all its machines")
	f.StringVar(&c.keyFile, "cluster-key", "", "`FILE` with the key that all machines have (made by: belfry cluster key FILE)")
	f.StringVar(&c.node, "cluster-node", "", "`NAME` of this machine among them (default: the computer's name)")
	f.BoolVar(&c.witness, "cluster-witness", false, "only help the other machines agree: no pages, no messages")
	f.StringVar(&c.address, "public-url", "", "`URL` at which people reach this machine, for the pages of the others (default: the address that is shown)")
}

// on reports whether this machine is one of several.
func (c *clusterArguments) on() bool { return len(c.peers) > 0 }

// check reads the flags. given are those that were set.
func (c *clusterArguments) check(data string, given map[string]bool) error {
	if !c.on() {
		for _, name := range []string{"cluster-listen", "cluster-name", "cluster-key", "cluster-node", "cluster-witness", "public-url"} {
			if given[name] {
				return fmt.Errorf("-%s is of no use without -cluster: name the other machines too", name)
			}
		}
		return nil
	}
	if data == cli.Memory {
		return errors.New("-cluster cannot be used with -data memory: what a machine has accepted must be on its disk")
	}
	if c.node == "" {
		c.node = hostName()
	}
	if !clusterWord.MatchString(c.name) {
		return fmt.Errorf("-cluster-name %q: use up to 32 letters, digits, - and _", c.name)
	}
	if !clusterWord.MatchString(c.node) {
		return fmt.Errorf("-cluster-node %q: use up to 32 letters, digits, - and _", c.node)
	}
	if c.address != "" {
		if !isPublicURL(c.address) {
			return fmt.Errorf("-public-url %q is not an address: write it as http://192.168.1.24:8000/", c.address)
		}
	}
	if slices.ContainsFunc(c.peers, isExternal) {
		return c.checkExternal(given)
	}
	return c.checkPeers()
}

// isPublicURL reports whether text is where people may be sent: a scheme, a host and perhaps a port, and nothing else.
func isPublicURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return false
	}
	if port := u.Port(); port != "" && !isPort(port) {
		return false
	}
	return (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
}

// isPort reports whether text is a port at which others can reach a machine.
func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 1 && n <= 65535
}

// sharesPort reports whether two addresses that this machine listens at cannot both be had. addr may be as short as ":8000".
func sharesPort(addr, listen string) bool {
	host, port, err := net.SplitHostPort(addr)
	at, own, errOwn := net.SplitHostPort(listen)
	if err != nil || errOwn != nil || port != own || port == "0" {
		return false
	}
	return isAny(host) || isAny(at) || host == at
}

// isAny reports whether a host is none in particular.
func isAny(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// hostName is the computer's name, without its domain.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	name, _, _ = strings.Cut(name, ".")
	return name
}

func isExternal(peer string) bool { return strings.Contains(peer, "://") }

// checkExternal checks the flags of a NATS of one's own.
func (c *clusterArguments) checkExternal(given map[string]bool) error {
	for _, peer := range c.peers {
		if u, err := url.Parse(peer); err != nil || u.Scheme != "nats" && u.Scheme != "tls" || u.Host == "" {
			return errors.New("-cluster: an address of your own NATS is nats://HOST:PORT or tls://HOST:PORT, and other machines cannot be named beside it")
		}
	}
	for _, name := range []string{"cluster-listen", "cluster-key", "cluster-witness"} {
		if given[name] {
			return fmt.Errorf("-%s is of no use with nats://: your own NATS connects the machines", name)
		}
	}
	c.external = strings.Join(c.peers, ",")
	return nil
}

// checkPeers checks the flags of machines that connect with one another.
func (c *clusterArguments) checkPeers() error {
	if c.listen == "" {
		return errors.New("-cluster needs -cluster-listen: the address at which the other machines reach this one")
	}
	if err := checkPeer("cluster-listen", c.listen, true); err != nil {
		return err
	}
	others, own, err := c.others()
	if err != nil {
		return err
	}
	c.listen = narrowed(c.listen, own, others)
	if c.peers = others; len(others) != 2 && len(others) != 4 {
		why := ""
		if own == "" && len(others) > 2 {
			why = ", and none of the addresses is known to be this one's: leave its own out"
		}
		return fmt.Errorf("-cluster names %s%s; a room has three machines, or five: one of three may be a -cluster-witness", count(len(others)), why)
	}
	if c.keyFile == "" {
		return errors.New("-cluster needs -cluster-key: make a key with belfry cluster key FILE, and copy that file to all machines")
	}
	key, err := cluster.ReadKey(c.keyFile)
	c.key = key
	return err
}

// others are the addresses of the other machines, and own is that of this one among those that were given; "": none of them.
func (c *clusterArguments) others() (others listFlag, own string, err error) {
	for _, given := range c.peers {
		for peer := range strings.SplitSeq(given, ",") {
			if peer = strings.TrimSpace(peer); peer == "" { // a comma at the end
				continue
			}
			if err := checkPeer("cluster", peer, false); err != nil {
				return nil, "", err
			}
			switch {
			case isOwn(peer, c.listen):
				own = peer
			case !slices.Contains(others, peer):
				others = append(others, peer)
			}
		}
	}
	return others, own, nil
}

// narrowed is where to listen, where the list names that address of this computer: nobody has to reach another one. A name may
// stand for several addresses, and others elsewhere cannot reach the loopback.
func narrowed(listen, own string, others []string) string {
	elsewhere := func(peer string) bool { return !hostOf(peer).IsLoopback() }
	ip := hostOf(own)
	if ip == nil || ip.IsLoopback() && slices.ContainsFunc(others, elsewhere) {
		return listen
	}
	return own
}

// hostOf is the IP address in HOST:PORT, nil where it is none.
func hostOf(address string) net.IP {
	host, _, _ := net.SplitHostPort(address) // it was checked
	return net.ParseIP(host)
}

func count(others int) string {
	switch others {
	case 0:
		return "no other machine"
	case 1:
		return "one other machine"
	}
	return fmt.Sprintf("%d other machines", others)
}

func checkPeer(flag, address string, mayBeAny bool) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || !isPort(port) || host == "" && !mayBeAny {
		return fmt.Errorf("-%s %q is not an address: write it as 192.168.1.24:6222", flag, address)
	}
	return nil
}

// isOwn reports whether an address of the list is that of this machine, so that all machines may be given the same list.
func isOwn(peer, listen string) bool {
	host, port, _ := net.SplitHostPort(peer)
	at, own, _ := net.SplitHostPort(listen)
	if port != own {
		return false
	}
	if !isAny(at) {
		ip := net.ParseIP(at)
		return host == at || ip != nil && ip.Equal(net.ParseIP(host))
	}
	name, err := os.Hostname()
	if short, _, _ := strings.Cut(name, "."); err == nil && (strings.EqualFold(host, name) || strings.EqualFold(host, short)) {
		return true
	}
	addresses, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(addresses, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.Equal(net.ParseIP(host))
	})
}

// engine connects this machine with the others; nil: there are none. failed gets the reason where it must stop.
func (o *arguments) engine(logger *slog.Logger, failed chan<- *wire.Problem) *cluster.Engine {
	c := &o.cluster
	if !c.on() {
		return nil
	}
	options := cluster.Options{
		Node: c.node, Name: c.name, Listen: c.listen, Key: c.key, External: c.external, Dir: o.dir(), Witness: c.witness, Logger: logger,
		Failed: func(p *wire.Problem) { failed <- p },
	}
	if c.external == "" {
		options.Others = c.peers
	}
	return cluster.New(options)
}
