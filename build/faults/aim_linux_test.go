package faults

import (
	"context"
	"os"
	"strings"

	"belfry/build/machines"
)

// aimed is a fault, and which machine it happens to.
type aimed struct {
	fault
	at func(*room, context.Context) (*machines.Machine, error)
}

// aimedFaults are those of all tables that can be done here, or those that BELFRY_KINDS names.
func aimedFaults(able map[need]bool) (list []aimed) {
	names := os.Getenv("BELFRY_KINDS")
	for _, one := range []struct {
		table []fault
		at    func(*room, context.Context) (*machines.Machine, error)
	}{
		{faults, (*room).anyone}, {leaderFaults, (*room).leader}, {powerFaults, (*room).anyone}, {leaderPowerFaults, (*room).leader},
	} {
		for _, f := range one.table {
			switch {
			case !able[f.needs], names != "" && !strings.Contains(","+names+",", ","+f.name+","): // a name may have a comma in it
			case f.needs == aMount:
				list = append(list, aimed{f, (*room).small})
			default:
				list = append(list, aimed{f, one.at})
			}
		}
	}
	return list
}

// anyone is any machine.
func (r *room) anyone(context.Context) (*machines.Machine, error) { return r.any(), nil }

// small is the machine whose folder is on a small file system.
func (r *room) small(context.Context) (*machines.Machine, error) { return r.machines[0], nil }
