package wsserver

// This file is the name under which the network may find this server without knowing its address.

// LocalName is that name as the operator is told of it.
type LocalName struct {
	// Name that is held, "belfry.local"; "" while it is asked for.
	Name string `json:"name"`
	// Problem is why none is held; "" where one is, or may yet be.
	Problem string `json:"problem"`
}

// localName is null while no name is announced.
func (s *Server) localName() *LocalName { return nil }
