//go:build !linux

package storm

import "belfry/build/load/tally"

// Return is on Linux.
func Return(ReturnPlan) (*tally.Row, tally.Faults, error) { return nil, tally.Faults{}, ErrSystem }

// Receipts is on Linux.
func Receipts(ReceiptsPlan) (*tally.Row, error) { return nil, ErrSystem }

// Join is on Linux.
func Join(JoinPlan) (*tally.Row, error) { return nil, ErrSystem }

// Big is on Linux.
func Big(BigPlan) (*tally.Row, error) { return nil, ErrSystem }

// Cluster is on Linux.
func Cluster(ClusterPlan, func(string, *tally.Row)) error { return ErrSystem }
