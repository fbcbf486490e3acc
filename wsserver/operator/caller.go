package operator

import "context"

// Caller is who calls a verb: a dashboard in a browser, or the window, which is the zero value.
type Caller struct {
	// Session of the dashboard: a SessionInfo.ID.
	Session string
	// Address of its machine, and its Browser in a readable form.
	Address, Browser string
}

type callerKey struct{}

// withCaller is ctx for a verb that caller calls.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// callerOf is who calls the verb that ctx is for.
func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
