package peers

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// This file is what is known of the machines of the room, as the server and its operator see it.

// States of a Machine.
const (
	Working = "working"
	CutOff  = "cut_off" // it says itself that it reaches too few of the others
	Silent  = "silent"  // it was heard, and is not heard now
	Missing = "missing" // it belongs to the room, and is not there
)

// Machine is one machine of the room, as the operator sees it.
type Machine struct {
	Node string `json:"node"`
	// This is the machine that was asked.
	This    bool   `json:"this"`
	State   string `json:"state"`
	URL     string `json:"url"`
	Version string `json:"version"`
	Clients int    `json:"clients"`
	// Behind is how many groups of changes it has yet to apply.
	Behind uint64 `json:"behind"`
	// Differs: it has come as far as this machine, and does not have the same.
	Differs bool `json:"differs,omitempty"`
	// Trouble is a sentence about what is wrong with the room's machines, as the one that was asked sees it; "": nothing is, or
	// it is another one.
	Trouble string `json:"trouble,omitempty"`
}

// Sums are what the other machines have together.
type Sums struct{ Clients, Subscribers, Waiting int }

// Others are the sums over the other machines that are heard.
func (p *Peers) Others() (s Sums) {
	if p == nil {
		return s
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.living() {
		s.Clients, s.Subscribers, s.Waiting = s.Clients+m.Clients, s.Subscribers+m.Subscribers, s.Waiting+m.Waiting
	}
	return s
}

// Revisions of the lists of the others.
func (p *Peers) Revisions() Revisions {
	if p == nil {
		return Revisions{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rev
}

// URLs are where the other machines can be reached, as "http://192.168.1.24:8000/". While this machine is cut off they are
// those that there were before. They must not be changed.
func (p *Peers) URLs() []string {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.urls
}

// Status is how this machine is; the zero one where it is alone.
func (p *Peers) Status() Status {
	if p == nil {
		return Status{}
	}
	return p.o.Engine.Status()
}

// Machines are all of the room, this one first, then the others by name; nil where it is alone.
func (p *Peers) Machines() []Machine {
	if p == nil {
		return nil
	}
	status, own := p.o.Engine.Status(), p.o.Own()
	this := Machine{
		Node: p.o.Engine.Node(), This: true, State: Working, URL: origin(own.URL), Version: own.Version, Clients: own.Clients, Behind: status.Behind,
		Trouble: status.Trouble,
	}
	if status.CutOff {
		this.State = CutOff
	}
	list := []Machine{this}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, node := range slices.Sorted(maps.Keys(p.others)) {
		m := p.others[node]
		o := Machine{Node: node, State: Working, URL: m.URL, Version: m.Version, Clients: m.Clients, Behind: m.Behind}
		switch {
		case m.silent:
			o.State, o.Clients = Silent, 0
		case m.CutOff:
			o.State = CutOff
		}
		o.Differs = m.Applied == status.Applied && m.Digest != "" && status.Digest != "" && m.Digest != status.Digest
		list = append(list, o)
	}
	for _, node := range status.Missing {
		if p.others[node] == nil {
			list = append(list, Machine{Node: node, State: Missing})
		}
	}
	return list
}

// origin returns the address of a machine's pages in its one form, and "" for what is none: it is shown as a link, and pages
// go there with what proves who they are.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Path != "" && u.Path != "/" || u.Hostname() == "" || strings.Trim(u.Host, originLetters) != "" {
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + "/"
}

// originLetters are those of hosts and ports.
const originLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]"
