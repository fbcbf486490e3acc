package wire

// operatorID is the operator's in keys; the wire reserves it, so that no client can have it.
const OperatorID = "operator"
